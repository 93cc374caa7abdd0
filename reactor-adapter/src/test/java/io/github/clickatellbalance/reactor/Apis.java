package io.github.clickatellbalance.reactor;

import java.util.List;

/**
 * The APIs over which the parameterized tests run. By default these are two: one in plain text and one in JSON. With {@code
 * -Dclickatell.test.apis=all} they are all five.
 */
final class Apis {
    private static final String PROPERTY = "clickatell.test.apis";

    private Apis() {}

    static List<Protocol> tested() {
        String selection = System.getProperty(PROPERTY, "default");
        return switch (selection) {
            case "default" -> List.of(Protocol.HTTP, Protocol.PLATFORM);
            case "all" -> List.of(Protocol.values());
            default -> throw new IllegalArgumentException(PROPERTY + " must be default or all, but was: " + selection);
        };
    }
}
