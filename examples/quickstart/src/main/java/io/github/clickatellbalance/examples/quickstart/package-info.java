/** The first program to run: requests the balance once, then polls it. */
@NullMarked
package io.github.clickatellbalance.examples.quickstart;

import org.jspecify.annotations.NullMarked;
