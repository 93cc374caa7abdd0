package io.github.clickatellbalance.protocol;

import io.github.clickatellbalance.ClickatellException;

/**
 * One exchange with the vendor: what is asked, and what the answer means. Immutable, thread-safe, without I/O.
 *
 * @param <T> what a good answer holds
 */
public interface ApiCall<T> {
    /** {@return the request; it holds secrets} */
    ApiRequest request();

    /**
     * Reads the answer to {@link #request()}.
     *
     * @param reply what came back
     * @return what was asked for
     * @throws ClickatellException if the reply is anything else; it holds no secret, even where the reply does
     */
    T read(ApiReply reply);
}
