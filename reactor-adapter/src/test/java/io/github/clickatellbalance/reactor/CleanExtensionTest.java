package io.github.clickatellbalance.reactor;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.PooledByteBufAllocator;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/** That a clean build means something. */
class CleanExtensionTest {
    @Test
    void a_leaked_buffer_fails_the_build() {
        leak();

        assertThatThrownBy(CleanExtensionTest::awaitLeak)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("LEAK:");
    }

    @Test
    void a_dropped_error_fails_the_build() {
        Operators.onErrorDropped(new IllegalStateException("nobody listens"), Context.empty());

        assertThatThrownBy(CleanExtension::check)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("nobody listens");
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
