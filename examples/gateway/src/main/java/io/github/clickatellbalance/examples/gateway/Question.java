package io.github.clickatellbalance.examples.gateway;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request as far as an API looks at it. */
record Question(HttpHeaders headers, Map<String, List<String>> parameters) {
    /** The one value of that name, or null if there is none, or more. */
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
