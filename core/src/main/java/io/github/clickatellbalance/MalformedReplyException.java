package io.github.clickatellbalance;

/** A reply came that is none of the vendor's: a proxy's page, a login form, garbage. Never transient. */
public class MalformedReplyException extends ClickatellException {
    private static final long serialVersionUID = 1L;

    private final String excerpt;

    /**
     * An unreadable reply.
     *
     * @param reason what is wrong with it, as a sentence without its full stop
     * @param excerpt see {@link #excerpt()}
     */
    public MalformedReplyException(String reason, String excerpt) {
        super(
                "This is not a balance: " + reason
                        + (excerpt.isEmpty() ? "" : ". The reply begins with \"" + excerpt + "\"")
                        + ". Check the base URL, and whether a proxy or a login page answers in the gateway's place",
                null,
                false,
                null);
        this.excerpt = excerpt;
    }

    /** {@return how the reply begins: short, printable, without secrets; empty if there is nothing to show} */
    public String excerpt() {
        return excerpt;
    }
}
