package io.github.clickatellbalance.reactor.redis;

import io.github.clickatellbalance.Balance;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What the instances of an application share: the outcomes of polls, and a claim that permits one poll. Each operation is atomic and
 * idempotent, since a command without a reply is sent again after a reconnect. Each fails only with an {@link Unavailable}.
 */
interface Fleet {
    /** The time to live of a claim: a holder that dies delays the next poll by no more. */
    Duration CLAIM = Duration.ofSeconds(4);

    /** The store did not reply as it should: the network, the server, or its permissions. */
    final class Unavailable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Unavailable(@Nullable Throwable cause) {
            super(cause);
        }
    }

    /** What a caller may do now. */
    sealed interface Permit {
        /** Take the outcome of this age. The next poll is due in some time. */
        record Known(Outcome outcome, Duration age, Duration dueIn) implements Permit {}

        /** Wait: another caller polls, at least until its claim expires. */
        record Wait(String holder, Duration expiresIn) implements Permit {}

        /** Poll, then publish or release. */
        record Poll() implements Permit {}
    }

    /**
     * Gives the last outcome if no poll is due, or claims the poll.
     *
     * @param token unique for each attempt
     * @param instanceAge how long ago this instance was started, if it may try once after a rejection that is older; else null
     */
    Mono<Permit> acquire(String token, @Nullable Duration instanceAge);

    /** Extends the claim, if it is still this one's. */
    Mono<Boolean> renew(String token);

    /** Appends the outcome and ends the claim, if it is still this one's; gives the pause until the next poll. Empty if the claim is lost. */
    Mono<Duration> publish(String token, Outcome outcome, Duration age);

    /** Ends the claim, if it is still this one's. */
    Mono<Boolean> release(String token);

    /** The last balances, oldest first. */
    Flux<Balance> recent();

    /** Who publishes an alert. */
    enum AlertClaim {
        /** Nobody: it has been published. */
        KNOWN,
        /** This caller, which then confirms. */
        MINE,
        /** Not this caller: another one has claimed it, or has published a change by a newer balance. */
        OTHER
    }

    /**
     * Claims the change of a threshold to a kind.
     *
     * @param before the last kind that this caller knows of; it counts if the store has none
     * @param retrievedAt of the balance, by the clock of this instance
     */
    Mono<AlertClaim> claimAlert(String token, String threshold, String kind, String before, Instant retrievedAt);

    /** The alert of this balance was published, if the claim is still this one's. */
    Mono<Boolean> confirmAlert(String token, String threshold, String kind, Instant retrievedAt);

    /**
     * Executes every command that the others need, but those for alerts, and changes nothing of the account. Empty or an {@link Unavailable}
     * if not all were executed.
     */
    Mono<Boolean> probe(String token);
}
