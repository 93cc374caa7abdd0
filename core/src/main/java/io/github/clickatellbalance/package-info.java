/** What an application sees: the balance, the credentials, and the failures. */
@NullMarked
package io.github.clickatellbalance;

import org.jspecify.annotations.NullMarked;
