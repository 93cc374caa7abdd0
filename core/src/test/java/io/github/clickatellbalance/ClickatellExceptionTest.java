package io.github.clickatellbalance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClickatellExceptionTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_transport_failure_is_as_transient_as_it_was_said_to_be(boolean isTransient) {
        IOException cause = new IOException("reset");
        TransportException failure = new TransportException("The connection was reset", isTransient, cause);
        assertThat(failure)
                .isInstanceOf(ClickatellException.class)
                .hasMessage("The connection was reset")
                .hasCause(cause);
        assertThat(failure.isTransient()).isEqualTo(isTransient);
        assertThat(failure.retryAfter()).isEmpty();
    }

    @Test
    void a_transport_failure_may_have_no_cause() {
        assertThat(new TransportException("No answer within 5 s", true, null)).hasNoCause();
    }

    @Test
    void an_api_error_tells_code_words_advice_and_wait() {
        ApiErrorException failure = new ApiErrorException("901", "Internal error", "Try again.", true, MINUTE);
        assertThat(failure)
                .hasMessage("Clickatell refused the request with error 901, \"Internal error\". Try again.")
                .hasNoCause();
        assertThat(failure.code()).contains("901");
        assertThat(failure.description()).isEqualTo("Internal error");
        assertThat(failure.isTransient()).isTrue();
        assertThat(failure.retryAfter()).contains(MINUTE);
    }

    @Test
    void an_api_error_may_have_neither_code_nor_words_nor_wait() {
        ApiErrorException failure = new ApiErrorException(null, "", "Ask.", false, null);
        assertThat(failure).hasMessage("Clickatell refused the request with error (no number). Ask.");
        assertThat(failure.code()).isEmpty();
        assertThat(failure.description()).isEmpty();
        assertThat(failure.isTransient()).isFalse();
        assertThat(failure.retryAfter()).isEmpty();
    }

    @Test
    void a_malformed_reply_tells_reason_and_excerpt_and_is_never_transient() {
        MalformedReplyException failure = new MalformedReplyException("it is a page", "<html>");
        assertThat(failure)
                .hasMessage("This is not a balance: it is a page. The reply begins with \"<html>\". "
                        + "Check the base URL, and whether a proxy or a login page answers in the gateway's place")
                .hasNoCause();
        assertThat(failure.excerpt()).isEqualTo("<html>");
        assertThat(failure.isTransient()).isFalse();
        assertThat(failure.retryAfter()).isEmpty();
    }

    @Test
    void a_malformed_reply_with_nothing_to_show_shows_nothing() {
        assertThat(new MalformedReplyException("it is empty", ""))
                .hasMessage("This is not a balance: it is empty. "
                        + "Check the base URL, and whether a proxy or a login page answers in the gateway's place");
    }

    @ParameterizedTest
    @CsvSource({
        "299, false, A balance comes with status 200",
        "300, false, Redirects are never followed",
        "302, false, Redirects are never followed",
        "399, false, Redirects are never followed",
        "400, false, A balance comes with status 200",
        "401, false, Check the credentials",
        "403, false, Check the credentials",
        "404, false, check the base URL",
        "405, false, Nothing answers there",
        "407, false, The proxy wants a user name and password",
        "410, false, Nothing answers there",
        "428, false, A balance comes with status 200",
        "429, true, ask less often",
        "499, false, A balance comes with status 200",
        "500, true, try again later",
        "599, true, try again later",
        "600, false, A balance comes with status 200"
    })
    void a_status_decides_whether_to_try_again_and_what_to_do(int status, boolean isTransient, String advice) {
        HttpStatusException failure = new HttpStatusException(status, "", null);
        assertThat(failure.status()).isEqualTo(status);
        assertThat(failure.isTransient()).isEqualTo(isTransient);
        assertThat(failure)
                .hasMessageStartingWith("The server answered with HTTP status " + status + ". ")
                .hasMessageContaining(advice)
                .hasNoCause();
    }

    @Test
    void a_status_failure_shows_its_excerpt_and_keeps_the_wait() {
        HttpStatusException failure = new HttpStatusException(429, "slow down", MINUTE);
        assertThat(failure)
                .hasMessageStartingWith("The server answered with HTTP status 429 and \"slow down\". Too many");
        assertThat(failure.retryAfter()).contains(MINUTE);
    }
}
