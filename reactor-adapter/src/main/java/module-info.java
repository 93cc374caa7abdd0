/**
 * A reactive client for the credit balance of a Clickatell account, on Reactor Netty. An application that uses the package
 * {@code micrometer} or {@code redis} requires the modules {@code micrometer.core} or {@code lettuce.core} itself.
 */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module io.github.clickatellbalance.reactor {
    requires transitive io.github.clickatellbalance;
    requires transitive org.reactivestreams;
    requires transitive reactor.core;
    requires transitive reactor.netty.core;
    requires transitive reactor.netty.http;

    // Reactor Netty has no descriptor: what it needs of Netty is resolved only if another module requires it.
    requires io.netty.buffer;
    requires io.netty.codec;
    requires io.netty.codec.http;
    requires io.netty.codec.http2;
    requires io.netty.common;
    requires io.netty.handler;
    requires io.netty.handler.proxy;
    requires io.netty.resolver;
    requires io.netty.resolver.dns;
    requires io.netty.transport;
    requires static transitive org.jspecify;
    requires static lettuce.core;
    requires static micrometer.core;
    requires static micrometer.observation;
    requires static micrometer.commons;
    requires static reactor.core.micrometer;

    exports io.github.clickatellbalance.reactor;
    exports io.github.clickatellbalance.reactor.micrometer;
    exports io.github.clickatellbalance.reactor.redis;
}
