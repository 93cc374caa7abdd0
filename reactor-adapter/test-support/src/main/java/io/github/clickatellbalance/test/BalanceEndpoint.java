package io.github.clickatellbalance.test;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** The replies of one API to a balance request. */
interface BalanceEndpoint {
    /** The error for wrong credentials or a wrong session, or null if they are right. */
    @Nullable
    Reply refusal(Request request);

    Reply balance(BigDecimal amount);

    Reply wrongCredentials();

    Reply internalError();

    Reply rateLimit();
}
