/**
 * One poll for all instances of an application, on Redis. Needs {@code io.lettuce:lettuce-core}, which the adapter does not bring.
 */
@NullMarked
package io.github.clickatellbalance.reactor.redis;

import org.jspecify.annotations.NullMarked;
