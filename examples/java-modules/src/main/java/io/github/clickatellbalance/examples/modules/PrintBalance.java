package io.github.clickatellbalance.examples.modules;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.reactor.BalanceFeed;
import java.time.Duration;
import java.util.Objects;
import reactor.core.publisher.Mono;

/** Prints the balance once from the client, then once from a feed. */
public final class PrintBalance {
    private PrintBalance() {}

    /**
     * The program.
     *
     * @param arguments the base URL of the gateway; user, password and API ID are in the environment
     */
    public static void main(String[] arguments) {
        Credentials credentials = Credentials.of(
                variable("CLICKATELL_USER"), variable("CLICKATELL_PASSWORD"), variable("CLICKATELL_API_ID"));
        try (BalanceClient client =
                        BalanceClient.builder(credentials).baseUrl(arguments[0]).build();
                BalanceFeed feed = BalanceFeed.of(client, Duration.ofMinutes(1))) {
            print(client.balance());
            print(feed.balances().next());
        }
    }

    private static String variable(String name) {
        return Objects.requireNonNull(System.getenv(name), name);
    }

    private static void print(Mono<Balance> balance) {
        System.out.println(balance.map(known -> known.amount() + " " + known.unit() + " left")
                .block());
    }
}
