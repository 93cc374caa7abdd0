/** The balance over HTTP, on Reactor Netty: as a {@code Mono}, a polling {@code Flux}, and one feed for many subscribers. */
@NullMarked
package io.github.clickatellbalance.reactor;

import org.jspecify.annotations.NullMarked;
