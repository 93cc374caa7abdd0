package io.github.clickatellbalance.test;

import java.math.BigDecimal;

/** A balance that falls from 100 in uneven steps, and is topped up before it reaches zero. */
final class FallingBalance {
    private static final BigDecimal FULL = new BigDecimal("100.00");
    private static final BigDecimal LOW = new BigDecimal("20.00");

    private BigDecimal amount = FULL;
    private int steps;

    synchronized BigDecimal next() {
        BigDecimal now = amount;
        BigDecimal spent = BigDecimal.valueOf(325 + 150L * (steps++ % 3), 2);
        amount = now.compareTo(LOW) < 0 ? FULL : now.subtract(spent);
        return now;
    }
}
