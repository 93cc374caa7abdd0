package io.github.clickatellbalance.reactor.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.github.clickatellbalance.reactor.RetryPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Lettuce is optional: without it on the class path, the adapter works as before. */
@Tag("wire")
class WithoutLettuceTest {
    static final class Application {
        private Application() {}

        /**
         * Polls twice.
         *
         * @param args the URL of the gateway
         */
        public static void main(String... args) {
            try (BalanceClient client = BalanceClient.builder(Credentials.of("user", "password", "id"))
                            .baseUrl(args[0])
                            .retry(RetryPolicy.none())
                            .build();
                    BalanceFeed feed = BalanceFeed.of(client, Duration.ofMillis(100))) {
                client.balance().block();
                System.out.println(feed.balances().blockFirst());
                System.out.println(hasLettuce());
            }
        }

        private static boolean hasLettuce() {
            try {
                return Class.forName("io.lettuce.core.RedisClient") != null;
            } catch (ClassNotFoundException e) {
                return false;
            }
        }
    }

    @Test
    void client_and_feed_work_without_lettuce_on_the_class_path() throws IOException, InterruptedException {
        List<String> classPath = FleetJvm.classPath().stream()
                .filter(path -> !path.contains("lettuce"))
                .toList();
        try (Gateway gateway = Gateway.start()) {
            Process application = FleetJvm.start(classPath, Application.class, List.of(gateway.url()));
            String output = new String(application.getInputStream().readAllBytes(), UTF_8);
            assertThat(application.waitFor()).isZero();
            assertThat(output).contains("amount=2").contains("false");
            assertThat(gateway.requests()).isEqualTo(2);
        }
    }
}
