package io.github.clickatellbalance.examples.gateway;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** How one of the vendor's APIs answers who asks for the balance. */
interface BalanceQuestion {
    /** Why this question gets no balance, or null if it does. */
    @Nullable
    Answer refusal(Question question);

    Answer balance(BigDecimal amount);

    Answer internalError();

    Answer rateLimit();
}
