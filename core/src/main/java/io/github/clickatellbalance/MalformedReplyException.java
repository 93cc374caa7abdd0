package io.github.clickatellbalance;

/**
 * The reply is not one of the vendor's: a proxy's page, a login form, garbage. It is not retried within a call, so {@link
 * #isTransient()} is false; but {@code poll} and a feed treat it as an outage, since maintenance pages look like this.
 */
public class MalformedReplyException extends ClickatellException {
    private static final long serialVersionUID = 1L;

    /**
     * A reply that is not understood.
     *
     * @param reason what is wrong with it, as a sentence without a full stop
     * @param excerpt how the reply begins: short, printable, without secrets; empty if there is nothing to show
     */
    public MalformedReplyException(String reason, String excerpt) {
        super(
                "The reply is not a balance: " + reason
                        + (excerpt.isEmpty() ? "" : ". It begins with \"" + excerpt + "\"")
                        + ". Check the base URL, and whether a proxy or a login page replies instead of the gateway",
                null,
                false,
                null);
    }

    /** {@return false: a page of a proxy goes away by itself} */
    @Override
    public boolean needsIntervention() {
        return false;
    }
}
