package io.github.clickatellbalance.protocol;

import static io.github.clickatellbalance.protocol.Replies.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.ApiErrorException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpErrorTableTest {
    private static ApiErrorException error(String words) {
        return failure(ApiErrorException.class, "ERR: " + words);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    001 | Authentication failed             | Check user, password and API ID
                    002 | Unknown username or password      | Check user, password and API ID
                    003 | Session ID expired                | renewed without anybody's help
                    004 | Account frozen                    | contact its support
                    005 | Missing session ID                | renewed without anybody's help
                    007 | IP lockdown violation             | public IP address
                    100 | Data malformed                    | check the base URL
                    101 | Invalid or missing parameters     | Check that user, password and API ID
                    102 | Invalid user data header          | check the base URL
                    103 | Unknown API message ID            | check the base URL
                    104 | Unknown client message ID         | check the base URL
                    105 | Invalid destination address       | check the base URL
                    106 | Invalid source address            | check the base URL
                    107 | Empty message                     | check the base URL
                    108 | Invalid or missing API ID         | account generation
                    109 | Missing message ID                | check the base URL
                    110 | Error with email message          | check the base URL
                    111 | Invalid protocol                  | check the base URL
                    112 | Invalid message type              | check the base URL
                    113 | Maximum message parts exceeded    | check the base URL
                    114 | Cannot route message              | check the base URL
                    115 | Message expired                   | check the base URL
                    116 | Invalid Unicode data              | check the base URL
                    120 | Invalid delivery time             | check the base URL
                    121 | Destination mobile number blocked | check the base URL
                    122 | Destination mobile opted out      | check the base URL
                    123 | Invalid sender ID                 | check the base URL
                    128 | Number delisted                   | check the base URL
                    130 | Maximum MT limit exceeded         | see its limits
                    201 | Invalid batch ID                  | check the base URL
                    202 | No batch template                 | check the base URL
                    301 | No credit left                    | Buy credit
                    302 | Max allowed credit                | check the base URL
                    901 | Internal error                    | try again later
                    """)
    void every_number_of_the_vendors_tables_is_explained_and_only_901_is_transient(
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
    @ValueSource(strings = {"1", "01", "001", "0001"})
    void leading_zeros_make_no_difference(String number) {
        ApiErrorException error = error(number + ", no");
        assertThat(error.code()).contains("001");
        assertThat(error).hasMessageContaining("error 001, \"no\". It means: Authentication failed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"000", "006", "008", "099", "117", "129", "131", "300", "900", "902", "999", "9999"})
    void an_unknown_number_is_kept_and_permanent(String code) {
        ApiErrorException error = error(code + ", no");
        assertThat(error.code()).contains(code);
        assertThat(error.isTransient()).isFalse();
        assertThat(error)
                .hasMessageContaining("error " + code + ", \"no\"")
                .hasMessageContaining("do not list")
                .hasMessageContaining("Ask the vendor");
    }

    @Test
    void wrong_credentials_and_a_wrong_api_id_are_told_apart_by_what_to_do() {
        assertThat(error("108, Invalid or missing api_id"))
                .hasMessageContaining("belongs to another account generation")
                .hasMessageContaining("API key");
        assertThat(error("001, Authentication failed")).hasMessageContaining("this is not retried");
    }

    @Test
    void an_error_is_known_by_its_number_and_never_by_its_words() {
        assertThat(error("001, Internal error").isTransient()).isFalse();
        assertThat(error("001, Internal error")).hasMessageContaining("It means: Authentication failed");
        assertThat(error("901, Authentication failed").isTransient()).isTrue();
        assertThat(error("Internal error").isTransient()).isFalse();
        assertThat(error("999, Internal error").isTransient()).isFalse();
        assertThat(error("Authentication failed")).hasMessageContaining("do not list");
    }

    @Test
    void the_vendors_words_are_shown_beside_the_meaning() {
        assertThat(error("113, Max message parts exceeded").getMessage())
                .startsWith("Clickatell refused the request with error 113, \"Max message parts exceeded\". "
                        + "It means: Maximum message parts exceeded. ");
    }
}
