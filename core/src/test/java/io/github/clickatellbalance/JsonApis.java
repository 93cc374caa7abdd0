package io.github.clickatellbalance;

/** The JSON APIs, with a reply for each. Every secret begins with "canary". */
@SuppressWarnings("ImmutableEnumChecker") // calls are immutable, but core has no annotation for it
enum JsonApis {
    REST(JsonApi.rest("canary-token"), Balance.CREDITS) {
        @Override
        String reply(String balance) {
            return "{\"data\":{\"balance\":" + balance + "}}";
        }
    },
    PLATFORM(JsonApi.portal("/public-client/balance", "canary-key=="), "ZAR"),
    ONE(JsonApi.portal("/v1/balance", "canary-key=="), "ZAR");

    final ApiCall<Balance> call;
    final String unit;

    JsonApis(ApiCall<Balance> call, String unit) {
        this.call = call;
        this.unit = unit;
    }

    /** A reply with this JSON value as its balance. */
    String reply(String balance) {
        return "{\"balance\":" + balance + ",\"currency\":\"ZAR\"}";
    }

    /** A reply with a balance of 1, and these fields before it. */
    String replyWith(String fields) {
        return "{" + fields + "," + reply("1").substring(1);
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
