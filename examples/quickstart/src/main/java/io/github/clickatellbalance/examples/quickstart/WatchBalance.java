package io.github.clickatellbalance.examples.quickstart;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.Credentials;
import io.github.clickatellbalance.examples.gateway.StandInGateway;
import io.github.clickatellbalance.reactor.BalanceClient;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Asks for the balance once, then polls it. With {@code CLICKATELL_USER}, {@code CLICKATELL_PASSWORD} and {@code
 * CLICKATELL_API_ID} in the environment it asks the real gateway, else a stand-in on loopback.
 */
public final class WatchBalance {
    private static final List<String> VARIABLES =
            List.of("CLICKATELL_USER", "CLICKATELL_PASSWORD", "CLICKATELL_API_ID");
    private static final int DEFAULT_POLLS = 8;

    private final PrintStream out;

    WatchBalance(PrintStream out) {
        this.out = out;
    }

    /**
     * Runs the program and ends the process with 0, with 1 if the gateway refused or could not be reached, or with 2 if
     * arguments or environment make no sense.
     *
     * @param arguments how many polls to print, 8 by default
     */
    public static void main(String[] arguments) {
        System.exit(new WatchBalance(System.out).run(List.of(arguments), System.getenv()));
    }

    int run(List<String> arguments, Map<String, String> environment) {
        long missing = VARIABLES.stream()
                .filter(name -> !environment.containsKey(name))
                .count();
        if (missing > 0 && missing < VARIABLES.size()) {
            return complain("Set all of " + VARIABLES + ", or none of them to use the stand-in gateway");
        }
        int polls;
        try {
            polls = arguments.isEmpty() ? DEFAULT_POLLS : Integer.parseInt(arguments.get(0));
        } catch (NumberFormatException e) {
            return complain("The number of polls must be a whole number, but was: " + arguments.get(0));
        }
        if (polls < 0 || arguments.size() > 1) {
            return complain("Give one number of polls, 0 or more, or nothing");
        }
        return missing == 0 ? askRealGateway(polls, environment) : askStandIn(polls);
    }

    private int askRealGateway(int polls, Map<String, String> environment) {
        Stream<String> secrets = VARIABLES.stream().map(environment::get);
        String[] values = secrets.toArray(String[]::new);
        Credentials credentials;
        try {
            credentials = Credentials.of(values[0], values[1], values[2]);
        } catch (IllegalArgumentException e) {
            return complain("Check the environment: " + e.getMessage());
        }
        try (BalanceClient client = BalanceClient.builder(credentials).build()) {
            return watch(client, Duration.ofSeconds(10), polls);
        }
    }

    private int askStandIn(int polls) {
        try (StandInGateway gateway = StandInGateway.start();
                BalanceClient client = BalanceClient.builder(
                                Credentials.of(StandInGateway.USER, StandInGateway.PASSWORD, StandInGateway.API_ID))
                        .baseUrl(gateway.baseUrl())
                        .build()) {
            out.println("No " + String.join(", ", VARIABLES) + " in the environment:");
            out.println("this is a stand-in gateway at " + gateway.baseUrl() + ", not your account.");
            out.println("Every fourth request fails, as the real one might: see the client try again.");
            return watch(client, Duration.ofSeconds(1), polls);
        }
    }

    /** A program's main thread may block; an application would subscribe instead. */
    int watch(BalanceClient client, Duration interval, int polls) {
        try {
            client.balance().doOnNext(balance -> print("once", balance)).block();
            client.poll(interval)
                    .take(polls)
                    .doOnNext(balance -> print("poll", balance))
                    .blockLast();
            return 0;
        } catch (ClickatellException e) {
            out.println("No balance. " + e.getMessage());
            return 1;
        }
    }

    private void print(String how, Balance balance) {
        Duration age = Duration.between(balance.retrievedAt(), Instant.now());
        out.printf(
                "%s: %s %s at %s (%d ms old)%n",
                how, balance.amount(), balance.unit(), balance.retrievedAt(), age.toMillis());
    }

    private int complain(String message) {
        out.println(message);
        return 2;
    }
}
