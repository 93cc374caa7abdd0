/** How an application asks: once as a {@code Mono}, over time as a {@code Flux}, on Reactor Netty. */
@NullMarked
package io.github.clickatellbalance.reactor;

import org.jspecify.annotations.NullMarked;
