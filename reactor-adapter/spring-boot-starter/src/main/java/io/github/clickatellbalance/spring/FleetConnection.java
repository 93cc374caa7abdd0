package io.github.clickatellbalance.spring;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.reactive.RedisScriptingReactiveCommands;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.codec.StringCodec;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A connection of the starter's own to the application's Redis. It is opened in the background, and again by the next command if that
 * failed: it neither blocks nor fails the start of the application.
 */
final class FleetConnection implements AutoCloseable {
    private record Opened(
            StatefulConnection<String, String> connection, RedisScriptingReactiveCommands<String, String> commands) {}

    private record Attempt(AbstractRedisClient client, CompletableFuture<Opened> opened) {
        void close() {
            var unused = opened.thenCompose(opened -> opened.connection().closeAsync());
        }
    }

    private final Supplier<? extends AbstractRedisClient> client;
    private @Nullable Attempt attempt;
    private boolean isClosed;

    FleetConnection(Supplier<? extends AbstractRedisClient> client) {
        this.client = client;
    }

    /** Before the first command, so that it does not wait. */
    void open() {
        connection().subscribe(opened -> {}, failure -> {}); // the next command opens it again
    }

    /** Each command waits for the connection. Only those that have a publisher as their result. */
    @SuppressWarnings("unchecked")
    RedisScriptingReactiveCommands<String, String> commands() {
        return (RedisScriptingReactiveCommands<String, String>) Proxy.newProxyInstance(
                RedisScriptingReactiveCommands.class.getClassLoader(),
                new Class<?>[] {RedisScriptingReactiveCommands.class},
                (proxy, method, arguments) -> invoke(method, arguments));
    }

    private @Nullable Object invoke(Method method, Object @Nullable [] arguments) throws ReflectiveOperationException {
        if (method.getReturnType() == Flux.class) {
            return connection().flatMapMany(opened -> result(method, opened, arguments));
        }
        if (method.getReturnType() == Mono.class) {
            return connection().flatMap(opened -> Mono.from(result(method, opened, arguments)));
        }
        return method.invoke(this, arguments); // of Object
    }

    private static Publisher<?> result(Method method, Opened opened, Object @Nullable [] arguments) {
        try {
            return (Publisher<?>) method.invoke(opened.commands(), arguments);
        } catch (InvocationTargetException e) {
            return Mono.error(e.getTargetException());
        } catch (IllegalAccessException e) {
            return Mono.error(e);
        }
    }

    /** A subscriber that cancels does not cancel the connection, for which others wait. */
    private Mono<Opened> connection() {
        return Mono.defer(() -> Mono.fromFuture(current(), true));
    }

    /** A factory that was stopped and started again has another client. */
    private synchronized CompletableFuture<Opened> current() {
        if (isClosed) {
            throw new IllegalStateException("The application is stopping");
        }
        AbstractRedisClient current = client.get();
        Attempt last = attempt;
        if (last == null || last.client() != current || last.opened().isCompletedExceptionally()) {
            if (last != null) {
                last.close();
            }
            // The way that is the same for all: a RedisClient does not show its URI, which it needs to connect without
            // blocking.
            last = new Attempt(
                    current, CompletableFuture.supplyAsync(() -> open(current), Schedulers.boundedElastic()::schedule));
            attempt = last;
        }
        return last.opened();
    }

    private static Opened open(AbstractRedisClient client) {
        if (client instanceof RedisClusterClient cluster) {
            StatefulRedisClusterConnection<String, String> connection = cluster.connect(StringCodec.UTF8);
            return new Opened(connection, connection.reactive());
        }
        StatefulRedisConnection<String, String> connection = ((RedisClient) client).connect(StringCodec.UTF8);
        return new Opened(connection, connection.reactive());
    }

    @Override
    public synchronized void close() {
        isClosed = true;
        if (attempt != null) {
            attempt.close();
        }
    }
}
