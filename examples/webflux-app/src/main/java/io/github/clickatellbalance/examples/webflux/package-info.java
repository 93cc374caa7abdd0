/** The balance in a Spring Boot application: a live page, server-sent events, metrics, health. */
@NullMarked
package io.github.clickatellbalance.examples.webflux;

import org.jspecify.annotations.NullMarked;
