/**
 * The balance of a Clickatell account in a Spring Boot application: a client, a feed, alerts as application events, metrics,
 * health, an actuator endpoint, and streams for browsers.
 */
@NullMarked
package io.github.clickatellbalance.spring;

import org.jspecify.annotations.NullMarked;
