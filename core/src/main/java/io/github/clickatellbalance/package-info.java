/**
 * What applications see: the balance, the credentials, the failures, and the values of alerts and burn rates. Beside them
 * the vendor's APIs as pure objects ({@link io.github.clickatellbalance.ApiCall}), from credentials to a request and from a
 * reply to a balance, without I/O.
 */
@NullMarked
package io.github.clickatellbalance;

import org.jspecify.annotations.NullMarked;
