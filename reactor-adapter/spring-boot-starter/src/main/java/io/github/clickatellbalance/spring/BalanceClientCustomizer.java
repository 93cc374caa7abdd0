package io.github.clickatellbalance.spring;

import io.github.clickatellbalance.reactor.BalanceClient;

/**
 * Changes settings of the starter's client that have no property: its proxy, TLS, deadlines, retries. All beans of this type
 * are called, in the order of {@code @Order}, after the starter's own settings.
 *
 * <pre>{@code
 * @Bean
 * BalanceClientCustomizer deadline() {
 *     return builder -> builder.attemptTimeout(Duration.ofSeconds(5));
 * }
 * }</pre>
 */
@FunctionalInterface
public interface BalanceClientCustomizer {
    /**
     * Changes the settings.
     *
     * @param builder the builder of the client
     */
    void customize(BalanceClient.Builder builder);
}
