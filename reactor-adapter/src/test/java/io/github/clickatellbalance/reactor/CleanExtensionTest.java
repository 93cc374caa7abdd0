package io.github.clickatellbalance.reactor;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.PooledByteBufAllocator;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** {@link CleanExtension} detects leaks and dropped errors. */
class CleanExtensionTest {
    @Test
    void a_leaked_buffer_fails_a_test_class() {
        leak();

        assertThatThrownBy(CleanExtensionTest::awaitLeak)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("LEAK:");
    }

    @Test
    void a_dropped_error_fails_a_test() {
        Operators.onErrorDropped(new IllegalStateException("dropped in a test"), Context.empty());

        assertThatThrownBy(CleanExtension::check)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("dropped in a test");
        assertThatCode(CleanExtension::check).doesNotThrowAnyException();
    }

    private static void awaitLeak() {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (System.nanoTime() - deadline < 0) {
            CleanExtension.revealLeaks();
            CleanExtension.check();
        }
    }

    private static void leak() {
        PooledByteBufAllocator.DEFAULT.directBuffer(32);
    }
}
