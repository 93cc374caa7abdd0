/** The first program to run: asks for the balance once, then watches it. */
@NullMarked
package io.github.clickatellbalance.examples.quickstart;

import org.jspecify.annotations.NullMarked;
