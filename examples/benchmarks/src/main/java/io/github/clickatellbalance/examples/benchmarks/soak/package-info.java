/** Client, feed and fleet for a long time against a gateway and a Redis that fail at random. */
@NullMarked
package io.github.clickatellbalance.examples.benchmarks.soak;

import org.jspecify.annotations.NullMarked;
