package io.github.clickatellbalance.reactor;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import reactor.netty.channel.AbortedException;
import reactor.netty.http.HttpResources;

/**
 * Reactor Netty's shared resolver, looked up for each connection. A pool keeps the resolver with which it was created, and
 * that one ends with the shared event loops when an application disposes of them; closing any Spring context does.
 */
final class SharedResolver extends AddressResolverGroup<InetSocketAddress> {
    /** Part of the key of a pool, so that there is a new pool after each disposal. */
    private final HttpResources resources;

    SharedResolver(HttpResources resources) {
        this.resources = resources;
    }

    /** Without the cache of the superclass: it would keep a resolver that was closed. */
    @Override
    public AddressResolver<InetSocketAddress> getResolver(EventExecutor executor) {
        return newResolver(executor);
    }

    @Override
    @SuppressWarnings("unchecked") // it is a DnsAddressResolverGroup
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
        try {
            return (AddressResolver<InetSocketAddress>)
                    HttpResources.get().getOrCreateDefaultResolver().getResolver(executor);
        } catch (IllegalStateException e) { // the event loop is shutting down: a retry gets another one
            throw new AbortedException(e);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SharedResolver that && resources == that.resources;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(resources);
    }
}
