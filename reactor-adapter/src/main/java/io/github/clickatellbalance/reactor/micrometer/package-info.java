/**
 * Metrics and traces with Micrometer. Needs {@code io.micrometer:micrometer-core} and {@code
 * io.projectreactor:reactor-core-micrometer}, which the adapter does not bring.
 */
@NullMarked
package io.github.clickatellbalance.reactor.micrometer;

import org.jspecify.annotations.NullMarked;
