package io.github.clickatellbalance.test;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;

/** An application with nothing but the starter. */
@SpringBootConfiguration
@EnableAutoConfiguration
class Application {}
