package io.github.clickatellbalance.spring;

import io.github.clickatellbalance.BalanceApi;
import java.util.Optional;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;

/**
 * The account that the starter's client is for. A bean of this type replaces the properties {@code clickatell.api}, its
 * secrets, and {@code clickatell.base-url}: for secrets from a vault, for example, or in a test.
 */
public interface ClickatellConnectionDetails extends ConnectionDetails {
    /** {@return the API, with the secrets of the account} */
    BalanceApi api();

    /** {@return the URL of the API's server; the vendor's if empty, as it is by default} */
    default Optional<String> baseUrl() {
        return Optional.empty();
    }
}
