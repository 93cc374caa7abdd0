package io.github.clickatellbalance.test;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The parts of a request that the APIs read. */
record Request(HttpHeaders headers, Map<String, List<String>> parameters) {
    /** The only value of the name; null if there is none, or more than one. */
    @Nullable
    String parameter(String name) {
        List<String> values = parameters.getOrDefault(name, List.of());
        return values.size() == 1 ? values.get(0) : null;
    }

    boolean hasParameter(String name, String value) {
        return value.equals(parameter(name));
    }

    boolean hasHeader(String name, String value) {
        return value.equals(headers.get(name));
    }
}
