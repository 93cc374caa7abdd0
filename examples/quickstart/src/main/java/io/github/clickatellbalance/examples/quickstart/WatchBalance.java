package io.github.clickatellbalance.examples.quickstart;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.examples.gateway.StandInGateway;
import io.github.clickatellbalance.reactor.BalanceClient;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Asks for the balance once, then polls it, by the API that {@code CLICKATELL_API} names: {@code http} (the default), {@code
 * http-session}, {@code rest}, {@code platform} or {@code one}. With the secrets of an account in the environment it asks the
 * real gateway, else a stand-in on loopback. The secrets are {@code CLICKATELL_USER}, {@code CLICKATELL_PASSWORD} and {@code
 * CLICKATELL_API_ID} for the first two, {@code CLICKATELL_TOKEN} for {@code rest}, {@code CLICKATELL_API_KEY} for the given.
 */
public final class WatchBalance {
    private static final String API = "CLICKATELL_API";
    private static final Map<String, String> STAND_IN = Map.of(
            "CLICKATELL_USER", StandInGateway.USER,
            "CLICKATELL_PASSWORD", StandInGateway.PASSWORD,
            "CLICKATELL_API_ID", StandInGateway.API_ID,
            "CLICKATELL_TOKEN", StandInGateway.TOKEN,
            "CLICKATELL_API_KEY", StandInGateway.API_KEY);
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
        String name = environment.getOrDefault(API, Generation.HTTP.toString());
        Optional<Generation> named = Generation.named(name);
        if (named.isEmpty()) {
            return complain(API + " must be one of " + Generation.names() + ", but was: " + name);
        }
        Generation generation = named.get();
        List<String> variables = generation.variables();
        boolean isComplete = environment.keySet().containsAll(variables);
        List<String> given = STAND_IN.keySet().stream()
                .filter(environment::containsKey)
                .sorted()
                .toList();
        if (!isComplete && !given.isEmpty()) {
            return complain("For " + API + "=" + generation + ", set all of " + variables
                    + ", or no secret at all to use the stand-in gateway; set so far: " + given);
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
        return isComplete ? askRealGateway(generation, polls, environment) : askStandIn(generation, polls);
    }

    private int askRealGateway(Generation generation, int polls, Map<String, String> environment) {
        BalanceApi api;
        try {
            api = generation.api(environment);
        } catch (IllegalArgumentException e) {
            return complain("Check the environment: " + e.getMessage());
        }
        try (BalanceClient client = BalanceClient.builder(api).build()) {
            return watch(client, Duration.ofSeconds(10), polls);
        }
    }

    private int askStandIn(Generation generation, int polls) {
        try (StandInGateway gateway = StandInGateway.start();
                BalanceClient client = BalanceClient.builder(generation.api(STAND_IN))
                        .baseUrl(gateway.baseUrl())
                        .build()) {
            out.println("No " + String.join(", ", generation.variables()) + " in the environment:");
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
