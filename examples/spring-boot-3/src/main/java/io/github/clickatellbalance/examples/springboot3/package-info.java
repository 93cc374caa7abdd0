/** The beans to copy into an application on Spring Boot 3.5. */
@NullMarked
package io.github.clickatellbalance.examples.springboot3;

import org.jspecify.annotations.NullMarked;
