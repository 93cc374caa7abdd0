package io.github.clickatellbalance.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.clickatellbalance.ClickatellException;
import io.github.clickatellbalance.TransportException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An application may exclude netty-handler-proxy, and the pool in Reactor Netty is not part of its API. A failure must be
 * classified without these classes too, or the {@code NoClassDefFoundError} would hide it.
 */
class FailuresWithoutOptionalClassesTest {
    private static final String PROXY = "io.netty.handler.proxy.";
    private static final String POOL = "reactor.netty.internal.shaded.";

    /** Defines this package's classes anew. They do not find the classes that are hidden. */
    private static final class HidingClassLoader extends ClassLoader {
        private static final String OURS = Failures.class.getPackageName() + ".";

        private final List<String> hidden;

        HidingClassLoader(List<String> hidden) {
            super(Failures.class.getClassLoader());
            this.hidden = hidden;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (hidden.stream().anyMatch(name::startsWith)) {
                throw new ClassNotFoundException(name);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                if (loaded != null) {
                    return loaded;
                }
                return name.startsWith(OURS) ? define(name) : super.loadClass(name, resolve);
            }
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            try (InputStream file = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                if (file == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] bytes = file.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    static Stream<Arguments> failures() {
        return Stream.of(List.of(PROXY), List.of(POOL), List.of(PROXY, POOL))
                .flatMap(hidden -> Stream.of(
                                new IOException("reset"),
                                new ClosedChannelException(),
                                new ConnectException("Connection refused"),
                                new NoRouteToHostException(),
                                new SSLException("failure when writing TLS control frames", new IOException("reset")),
                                new TimeoutException("too late"),
                                new IllegalStateException("unknown"))
                        .map(met -> arguments(hidden, named(met.toString(), met))));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void a_failure_is_classified_as_it_is_with_them(List<String> hidden, Throwable met) throws Exception {
        Class<?> failures = new HidingClassLoader(hidden).loadClass(Failures.class.getName());
        assertThat(failures).isNotSameAs(Failures.class);
        Method classify = failures.getDeclaredMethod("classify", Throwable.class);
        classify.setAccessible(true);

        ClickatellException expected = Failures.classify(met);
        assertThat(classify.invoke(null, met)).isInstanceOfSatisfying(TransportException.class, failure -> {
            assertThat(failure).hasMessage(expected.getMessage());
            assertThat(failure.isTransient()).isEqualTo(expected.isTransient());
        });
    }

    @Test
    void the_test_hides_what_it_says() {
        HidingClassLoader loader = new HidingClassLoader(List.of(PROXY, POOL));

        for (String name :
                List.of(PROXY + "ProxyConnectException", POOL + "reactor.pool.PoolAcquirePendingLimitException")) {
            assertThat(Failures.class.getClassLoader()).satisfies(all -> all.loadClass(name));
            assertThatThrownBy(() -> loader.loadClass(name)).isInstanceOf(ClassNotFoundException.class);
        }
    }
}
