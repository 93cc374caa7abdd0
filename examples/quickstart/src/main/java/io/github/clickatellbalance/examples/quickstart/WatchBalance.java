package io.github.clickatellbalance.examples.quickstart;

import static java.util.Objects.requireNonNull;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.reactor.BalanceClient;
import io.github.clickatellbalance.test.Api;
import io.github.clickatellbalance.test.Fault;
import io.github.clickatellbalance.test.StandInGateway;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Requests the balance once, then polls it. {@code CLICKATELL_API} selects the API: {@code http} (the default), {@code
 * http-session}, {@code rest}, {@code platform} or {@code one}. With the secrets of an account in the environment it sends
 * requests to the real gateway, else to a stand-in on loopback. The secrets are {@code CLICKATELL_USER}, {@code
 * CLICKATELL_PASSWORD} and {@code CLICKATELL_API_ID} for the first two APIs, {@code CLICKATELL_TOKEN} for {@code rest}, and
 * {@code CLICKATELL_API_KEY} for the last two.
 */
public final class WatchBalance {
    private static final int DEFAULT_POLLS = 8;

    private final PrintStream out;

    WatchBalance(PrintStream out) {
        this.out = out;
    }

    /**
     * Runs the program. The exit code is 0, or 1 if there was no balance, or 2 for a wrong argument or environment.
     *
     * @param arguments the number of polls to print, 8 by default
     */
    public static void main(String[] arguments) {
        System.exit(new WatchBalance(System.out).run(List.of(arguments), System.getenv()));
    }

    int run(List<String> arguments, Map<String, String> environment) {
        try {
            Api api = Api.named(environment.getOrDefault("CLICKATELL_API", "http"));
            List<String> variables =
                    api.keys().stream().map(WatchBalance::variable).toList();
            List<String> given = Stream.of(Api.values())
                    .flatMap(any -> any.keys().stream())
                    .map(WatchBalance::variable)
                    .filter(environment::containsKey)
                    .distinct()
                    .toList();
            int polls = polls(arguments);
            if (given.isEmpty()) {
                return watchStandIn(api, variables, polls);
            }
            if (!given.containsAll(variables)) {
                return fail("For CLICKATELL_API=" + api + ", set all of " + variables
                        + ", or no secret at all to use the stand-in gateway; set so far: " + given);
            }
            return watchAccount(api.with(key -> requireNonNull(environment.get(variable(key)))), polls);
        } catch (IllegalArgumentException e) {
            return fail("Check the arguments and the environment: " + e.getMessage());
        }
    }

    /** From {@code api-id} to {@code CLICKATELL_API_ID}. */
    private static String variable(String key) {
        return "CLICKATELL_" + key.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    private static int polls(List<String> arguments) {
        String number = arguments.isEmpty() ? String.valueOf(DEFAULT_POLLS) : arguments.get(0);
        if (arguments.size() > 1 || !number.matches("[0-9]{1,9}")) {
            throw new IllegalArgumentException(
                    "the number of polls must be one whole number, 0 or more, but was: " + String.join(" ", arguments));
        }
        return Integer.parseInt(number);
    }

    private int watchAccount(BalanceApi api, int polls) {
        try (BalanceClient client = BalanceClient.builder(api).build()) {
            return watch(client, Duration.ofSeconds(10), polls);
        }
    }

    private int watchStandIn(Api api, List<String> variables, int polls) {
        try (StandInGateway gateway = StandInGateway.start();
                BalanceClient client = BalanceClient.builder(api.ofStandIn())
                        .baseUrl(gateway.baseUrl())
                        .build()) {
            gateway.fallingBalance();
            gateway.fail(Fault.EVERY_FOURTH);
            out.println("No " + String.join(", ", variables) + " in the environment:");
            out.println("this is a stand-in gateway at " + gateway.baseUrl() + ", not your account.");
            out.println("Every fourth request fails, so that you see retries.");
            return watch(client, Duration.ofSeconds(1), polls);
        }
    }

    /** The main thread of a program may block; an application would subscribe instead. */
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

    private int fail(String message) {
        out.println(message);
        return 2;
    }
}
