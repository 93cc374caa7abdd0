package io.github.clickatellbalance.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApiTest {
    @ParameterizedTest
    @CsvSource({"http, HTTP", "http-session, HTTP_SESSION", "rest, REST", "platform, PLATFORM", "one, ONE"})
    void each_api_has_its_name_in_a_configuration(String name, Api api) {
        assertThat(Api.named(name)).isEqualTo(api).hasToString(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"soap", "", "HTTP"})
    void an_unknown_name_is_refused_with_all_names(String name) {
        assertThatThrownBy(() -> Api.named(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("must be one of http, http-session, rest, platform, one, but was: " + name);
    }

    @Test
    void each_api_has_the_keys_of_its_secrets() {
        assertThat(Api.HTTP_SESSION.keys()).containsExactly("user", "password", "api-id");
        assertThat(Api.REST.keys()).containsExactly("token");
        assertThat(Api.ONE.keys()).containsExactly("api-key");
    }
}
