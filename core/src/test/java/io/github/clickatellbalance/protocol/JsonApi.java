package io.github.clickatellbalance.protocol;

import io.github.clickatellbalance.Balance;
import io.github.clickatellbalance.ClickatellException;

/** The JSON APIs as tests write their replies. Every secret begins with "canary". */
@SuppressWarnings("ImmutableEnumChecker") // calls are immutable, but core has no annotation that says so
enum JsonApi {
    REST(new RestBalance("canary-token"), Balance.CREDITS) {
        @Override
        String reply(String balance) {
            return "{\"data\":{\"balance\":" + balance + "}}";
        }
    },
    PLATFORM(PlatformBalance.platform("canary-key=="), "ZAR"),
    ONE(PlatformBalance.oneApi("canary-key=="), "ZAR");

    final ApiCall<Balance> call;
    final String unit;

    JsonApi(ApiCall<Balance> call, String unit) {
        this.call = call;
        this.unit = unit;
    }

    /** A reply with that JSON value as its balance. */
    String reply(String balance) {
        return "{\"balance\":" + balance + ",\"currency\":\"ZAR\"}";
    }

    Balance balance(String body) {
        return call.read(Replies.reply(200, body));
    }

    <E extends ClickatellException> E failure(Class<E> type, int status, String body) {
        return failure(type, Replies.reply(status, body));
    }

    <E extends ClickatellException> E failure(Class<E> type, ApiReply reply) {
        return Replies.failure(type, call, reply);
    }
}
