package io.github.clickatellbalance;

/**
 * One exchange with an API of the vendor: a request, and what its reply means. Implementations are immutable, thread-safe
 * and without I/O. An application may implement it for an API that {@link BalanceApi} does not have.
 *
 * @param <T> the result of a successful exchange
 */
public interface ApiCall<T> {
    /** {@return the request, always the same; it contains secrets} */
    ApiRequest request();

    /**
     * Reads the reply to {@link #request()}, whatever its status and body are.
     *
     * @throws ClickatellException if the reply is not a success. Neither the message nor a cause contains a secret, even if
     *     the reply does
     */
    T read(ApiReply reply);
}
