/** What the library costs beside a bare HTTP client, and its parser beside {@code String.split}. */
@NullMarked
package io.github.clickatellbalance.examples.benchmarks;

import org.jspecify.annotations.NullMarked;
