package io.github.clickatellbalance;

import static io.github.clickatellbalance.Replies.failure;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpErrorTableTest {
    private static ApiErrorException error(String error) {
        return failure(ApiErrorException.class, "ERR: " + error);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    001 | Authentication failed             | Check user, password and API ID
                    002 | Unknown username or password      | Check user, password and API ID
                    003 | Session ID expired                | renews a session by itself
                    004 | Account frozen                    | Contact the vendor's support
                    005 | Missing session ID                | renews a session by itself
                    007 | IP lockdown violation             | public IP address
                    101 | Invalid or missing parameters     | Check that user, password and API ID
                    108 | Invalid or missing API ID         | account generation
                    130 | Maximum MT limit exceeded         | see its limits
                    301 | No credit left                    | Buy credit
                    901 | Internal error                    | try again later
                    """)
    void each_code_of_the_table_has_meaning_and_advice_and_only_901_is_transient(
            String code, String meaning, String advice) {
        ApiErrorException error = error(code);
        assertThat(error.code()).contains(code);
        assertThat(error)
                .hasMessageStartingWith(
                        "Clickatell refused the request with error " + code + ". It means: " + meaning + ". ")
                .hasMessageContaining(advice);
        assertThat(error.isTransient()).isEqualTo(code.equals("901"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"000", "006", "008", "099", "100", "105", "117", "129", "131", "300", "302", "900", "902", "9999"
            })
    void any_other_code_is_permanent(String code) {
        ApiErrorException error = error(code + ", no");
        assertThat(error.code()).contains(code);
        assertThat(error.isTransient()).isFalse();
        assertThat(error)
                .hasMessage("Clickatell refused the request with error " + code + ", \"no\". "
                        + "A balance request should not get this error: check the base URL, then ask the vendor what it "
                        + "means. It is not retried, since repeated requests may lock the account.");
    }

    @Test
    void the_message_of_any_other_code_without_a_description_has_the_code() {
        assertThat(error("105"))
                .hasMessageStartingWith(
                        "Clickatell refused the request with error 105. A balance request should not get this error: ");
    }

    @Test
    void wrong_credentials_and_a_wrong_api_id_have_different_advice() {
        assertThat(error("108, Invalid or missing api_id"))
                .hasMessageContaining("belongs to another account generation")
                .hasMessageContaining("API key");
        assertThat(error("001, Authentication failed")).hasMessageContaining("this is not retried");
    }

    @Test
    void the_code_decides_not_the_description() {
        assertThat(error("001, Internal error").isTransient()).isFalse();
        assertThat(error("001, Internal error")).hasMessageContaining("It means: Authentication failed");
        assertThat(error("901, Authentication failed").isTransient()).isTrue();
        assertThat(error("Internal error").isTransient()).isFalse();
        assertThat(error("999, Internal error").isTransient()).isFalse();
        assertThat(error("Authentication failed")).hasMessageContaining("should not get this error");
    }

    @Test
    void a_message_has_the_vendors_description_and_the_meaning() {
        assertThat(error("130, Max MT limit").getMessage())
                .startsWith("Clickatell refused the request with error 130, \"Max MT limit\". "
                        + "It means: Maximum MT limit exceeded. ");
    }
}
