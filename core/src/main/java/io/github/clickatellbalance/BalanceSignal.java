package io.github.clickatellbalance;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The state of a watch of a balance. Failures are values here.
 *
 * <p>Do not serialise a signal itself: its cause is an exception, with stack traces of 33 kB. Serialise {@link
 * #lastKnown()}, {@link #reason()} and {@code since()}.
 */
public sealed interface BalanceSignal {
    /** {@return the last balance that was received, however old; empty if there was none} */
    default Optional<Balance> lastKnown() {
        if (this instanceof Fresh fresh) {
            return Optional.of(fresh.balance);
        }
        return Optional.ofNullable(this instanceof Stale stale ? stale.last : ((Rejected) this).last);
    }

    /** {@return the message of the failure, which has no secret and can be shown to users; empty if fresh} */
    default Optional<String> reason() {
        if (this instanceof Fresh) {
            return Optional.empty();
        }
        return Optional.ofNullable((this instanceof Stale stale ? stale.cause : ((Rejected) this).cause).getMessage());
    }

    /** {@return the age of the last known balance at this time: zero or more; empty if there is no balance} */
    default Optional<Duration> age(Instant now) {
        return lastKnown().map(balance -> {
            Duration age = Duration.between(balance.retrievedAt(), now);
            return age.isNegative() ? Duration.ZERO : age;
        });
    }

    /** The last poll succeeded, with this balance, and no poll is overdue. */
    record Fresh(Balance balance) implements BalanceSignal {
        public Fresh {
            Objects.requireNonNull(balance, "balance");
        }
    }

    /**
     * Polls fail, or one is overdue, for a reason that may go away by itself.
     *
     * @param last the last balance that was received, or null
     * @param since when this state began
     * @param cause the latest failure
     */
    record Stale(@Nullable Balance last, Instant since, ClickatellException cause) implements BalanceSignal {
        public Stale {
            Objects.requireNonNull(since, "since");
            Objects.requireNonNull(cause, "cause");
        }
    }

    /**
     * A poll failed for a reason that a person must remove, such as wrong credentials. The values are as in {@link Stale}.
     *
     * @param cause the latest failure of this kind
     */
    record Rejected(@Nullable Balance last, Instant since, ClickatellException cause) implements BalanceSignal {
        public Rejected {
            Objects.requireNonNull(since, "since");
            Objects.requireNonNull(cause, "cause");
        }
    }
}
