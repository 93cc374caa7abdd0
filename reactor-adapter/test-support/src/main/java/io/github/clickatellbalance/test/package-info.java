/** Support for the tests of applications: a client without a network, and a stand-in for Clickatell's gateway on loopback. */
@NullMarked
package io.github.clickatellbalance.test;

import org.jspecify.annotations.NullMarked;
