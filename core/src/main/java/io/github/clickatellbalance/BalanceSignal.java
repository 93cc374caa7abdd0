package io.github.clickatellbalance;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a watch of a balance knows: a fresh one, or why there is none. Failures are values here, and end nothing. */
public sealed interface BalanceSignal {
    /** {@return the last balance that arrived, however old it is; empty if none ever did} */
    Optional<Balance> lastKnown();

    /**
     * How old the last known balance is.
     *
     * @param now the time to measure to
     * @return zero or more; empty if there is no balance
     */
    default Optional<Duration> age(Instant now) {
        return lastKnown().map(balance -> {
            Duration age = Duration.between(balance.retrievedAt(), now);
            return age.isNegative() ? Duration.ZERO : age;
        });
    }

    /**
     * The last poll succeeded, and the next one is not overdue.
     *
     * @param balance what it gave
     */
    record Fresh(Balance balance) implements BalanceSignal {
        /**
         * Checks the value.
         *
         * @param balance what the poll gave
         * @throws NullPointerException if it is null
         */
        public Fresh {
            Objects.requireNonNull(balance, "balance");
        }

        @Override
        public Optional<Balance> lastKnown() {
            return Optional.of(balance);
        }
    }

    /**
     * Polls fail for a reason that may pass, or there was no poll for too long.
     *
     * @param last the last balance that arrived, or null
     * @param since when this began
     * @param cause the latest failure, {@linkplain ClickatellException#isTransient() transient}
     */
    record Stale(@Nullable Balance last, Instant since, ClickatellException cause) implements BalanceSignal {
        /**
         * Checks the values.
         *
         * @param last the last balance, or null
         * @param since when this began
         * @param cause the latest failure
         * @throws NullPointerException if one of the last two is null
         */
        public Stale {
            Objects.requireNonNull(since, "since");
            Objects.requireNonNull(cause, "cause");
        }

        @Override
        public Optional<Balance> lastKnown() {
            return Optional.ofNullable(last);
        }
    }

    /**
     * A poll failed for a reason that somebody has to remove: wrong credentials, most often.
     *
     * @param last the last balance that arrived, or null
     * @param since when this began
     * @param cause the latest permanent failure
     */
    record Rejected(@Nullable Balance last, Instant since, ClickatellException cause) implements BalanceSignal {
        /**
         * Checks the values.
         *
         * @param last the last balance, or null
         * @param since when this began
         * @param cause the latest permanent failure
         * @throws NullPointerException if one of the last two is null
         */
        public Rejected {
            Objects.requireNonNull(since, "since");
            Objects.requireNonNull(cause, "cause");
        }

        @Override
        public Optional<Balance> lastKnown() {
            return Optional.ofNullable(last);
        }
    }
}
