package io.github.clickatellbalance.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.WebApplicationType;

/** The observation of a request is the parent of its call, whatever the mode of Reactor's context propagation. */
@Tag("any-jdk")
class ObservationsTest {
    static String observationsOf(String gatewayUrl, String type, String paths, String propagation) {
        try (TestApplication application = TestApplication.run(
                WebApplicationType.valueOf(type),
                gatewayUrl,
                List.of(Observed.class, Observed.Controller.class),
                "--clickatell.interval=1h",
                "--spring.reactor.context-propagation=" + propagation)) {
            List<String> observations = application.bean(Observed.class).observations;
            TestApplication.await(() -> observations.contains("clickatell.balance.poll in none")); // the feed's
            List<String> all = new ArrayList<>();
            for (String path : paths.split(" ", -1)) {
                observations.clear();
                assertThat(application.get(path)).isEqualTo("100.00");
                TestApplication.await(() -> observations.contains("http.server.requests in none"));
                all.addAll(observations);
            }
            return String.join("\n", all);
        }
    }

    private static void assertParents(String observations, String paths) {
        List<String> expected = new ArrayList<>();
        for (String path : paths.split(" ", -1)) {
            assertThat(path).isNotEmpty();
            expected.add("clickatell.balance.exchange in clickatell.balance.poll");
            expected.add("clickatell.balance.poll in http.server.requests");
            expected.add("http.server.requests in none");
        }
        assertThat(observations.lines()).containsExactlyElementsOf(expected);
    }

    @ParameterizedTest
    @CsvSource({"REACTIVE, /mono", "SERVLET, /block /mono"})
    void a_call_is_a_child_of_its_request(String type, String paths) {
        try (TestGateway gateway = new TestGateway()) {
            assertParents(observationsOf(gateway.url(), type, paths, "limited"), paths);
        }
    }

    /**
     * In a class loader of its own: Reactor keeps the mode in static fields, and does not forget {@code auto} when it is
     * disabled.
     */
    @ParameterizedTest
    @CsvSource({
        "REACTIVE, /mono,        auto,    ''",
        "SERVLET,  /block /mono, auto,    ''",
        "SERVLET,  /block /mono, limited, context-propagation"
    })
    void in_other_modes_too(String type, String paths, String propagation, String withoutJars) throws Exception {
        try (TestGateway gateway = new TestGateway()) {
            String observations = IsolatedApplication.run(
                    withoutJars, ObservationsTest.class, "observationsOf", gateway.url(), type, paths, propagation);
            assertParents(observations, paths);
        }
    }
}
