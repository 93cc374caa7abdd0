/** The balance in an application with a module descriptor. */
@NullMarked
package io.github.clickatellbalance.examples.modules;

import org.jspecify.annotations.NullMarked;
