/** A stand-in for Clickatell's gateway on loopback, for examples and for an application's own tests. */
@NullMarked
package io.github.clickatellbalance.examples.gateway;

import org.jspecify.annotations.NullMarked;
