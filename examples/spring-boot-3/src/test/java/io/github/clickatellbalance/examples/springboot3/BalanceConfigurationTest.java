package io.github.clickatellbalance.examples.springboot3;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.HttpStatusException;
import io.github.clickatellbalance.examples.springboot3.BalanceConfiguration.Account;
import io.github.clickatellbalance.reactor.BalanceFeed;
import io.github.clickatellbalance.test.FakeBalanceClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.actuate.health.Status;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.core.env.StandardEnvironment;

/** The properties, and the health of each state of the feed. */
class BalanceConfigurationTest {
    private final FakeBalanceClient client = new FakeBalanceClient();
    private final BalanceFeed feed = BalanceFeed.of(client, Duration.ofHours(1));
    private final HealthIndicator indicator = new BalanceConfiguration().clickatellHealthIndicator(feed);

    private Health afterThePoll() {
        try (feed) {
            feed.signals().blockFirst(Duration.ofSeconds(30));
            return indicator.health();
        }
    }

    @Test
    void a_password_may_have_any_characters_and_is_not_in_a_text() {
        Map<String, String> properties = Map.of("clickatell.password", "canary#{1 + 1}${x}");
        Account account = new Binder(
                        List.of(new MapConfigurationPropertySource(properties)),
                        new PropertySourcesPlaceholdersResolver(new StandardEnvironment()))
                .bind("clickatell", Account.class)
                .get();

        assertThat(account.password()).isEqualTo("canary#{1 + 1}${x}");
        assertThat(account.toString()).doesNotContain("canary");
    }

    @Test
    void unknown_before_the_first_poll_and_no_request() {
        assertThat(indicator.health().getStatus()).isEqualTo(Status.UNKNOWN);
        assertThat(client.requests()).isZero();
    }

    @Test
    void up_if_fresh() {
        client.emit("12.50");

        assertThat(afterThePoll())
                .isEqualTo(Health.up()
                        .withDetail("amount", "12.50")
                        .withDetail("unit", "credits")
                        .build());
        assertThat(client.requests()).isEqualTo(1);
    }

    @Test
    void down_if_stale() {
        client.fail(new HttpStatusException(503, "", null));

        assertThat(afterThePoll().getStatus()).isEqualTo(Status.DOWN);
    }

    @Test
    void down_with_the_reason_if_rejected() {
        client.fail(new ApiErrorException("001", "Authentication failed", "Check the password.", false, null));

        Health health = afterThePoll();
        assertThat(health.getStatus()).isEqualTo(Status.DOWN);
        assertThat(health.getDetails())
                .hasEntrySatisfying(
                        "reason", reason -> assertThat(reason).asString().contains("Authentication failed"));
    }
}
