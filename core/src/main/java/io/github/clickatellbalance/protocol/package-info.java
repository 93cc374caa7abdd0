/**
 * What goes over the wire, as text: each of the vendor's APIs as a pure function from credentials to a request and from a
 * reply to a balance. Sans-I/O: a transport carries {@link io.github.clickatellbalance.protocol.ApiRequest} and {@link
 * io.github.clickatellbalance.protocol.ApiReply} without knowing which API they belong to. Applications need none of it.
 */
@NullMarked
package io.github.clickatellbalance.protocol;

import org.jspecify.annotations.NullMarked;
