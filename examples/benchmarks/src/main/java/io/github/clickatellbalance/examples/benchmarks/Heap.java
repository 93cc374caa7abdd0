package io.github.clickatellbalance.examples.benchmarks;

import java.util.concurrent.TimeUnit;

/** The heap after a collection. */
final class Heap {
    private Heap() {}

    static long used() throws InterruptedException {
        for (int i = 0; i < 5; i++) {
            System.gc();
            TimeUnit.MILLISECONDS.sleep(50);
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
