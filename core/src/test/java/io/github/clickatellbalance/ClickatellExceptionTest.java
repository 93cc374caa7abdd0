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
    void a_transport_failure_is_transient_as_given(boolean isTransient) {
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
        assertThat(new TransportException("No reply within 5 s", true, null)).hasNoCause();
    }

    @Test
    void an_api_error_has_code_description_advice_and_pause() {
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
    void an_api_error_may_have_neither_code_nor_description_nor_pause() {
        ApiErrorException failure = new ApiErrorException(null, "", "Advice.", false, null);
        assertThat(failure).hasMessage("Clickatell refused the request with error (no code). Advice.");
        assertThat(failure.code()).isEmpty();
        assertThat(failure.description()).isEmpty();
        assertThat(failure.isTransient()).isFalse();
        assertThat(failure.retryAfter()).isEmpty();
    }

    @Test
    void a_malformed_reply_has_reason_and_excerpt_and_is_permanent() {
        MalformedReplyException failure = new MalformedReplyException("it is a page", "<html>");
        assertThat(failure)
                .hasMessage("The reply is not a balance: it is a page. It begins with \"<html>\". "
                        + "Check the base URL, and whether a proxy or a login page replies instead of the gateway")
                .hasNoCause();
        assertThat(failure.isTransient()).isFalse();
        assertThat(failure.retryAfter()).isEmpty();
    }

    @Test
    void a_malformed_reply_may_have_no_excerpt() {
        assertThat(new MalformedReplyException("it is empty", ""))
                .hasMessage("The reply is not a balance: it is empty. "
                        + "Check the base URL, and whether a proxy or a login page replies instead of the gateway");
    }

    @ParameterizedTest
    @CsvSource({
        "299, false, A balance has status 200",
        "300, false, Redirects are never followed",
        "302, false, Redirects are never followed",
        "399, false, Redirects are never followed",
        "400, false, A balance has status 200",
        "401, false, Check the credentials",
        "403, false, Check the credentials",
        "404, false, check the base URL",
        "405, false, The server does not know this path",
        "407, false, The proxy needs a user name and password",
        "408, true, The server did not process the request",
        "410, false, The server does not know this path",
        "425, true, The server did not process the request",
        "428, false, A balance has status 200",
        "429, true, send fewer",
        "499, false, A balance has status 200",
        "500, true, try again later",
        "599, true, try again later",
        "600, false, A balance has status 200"
    })
    void a_status_decides_about_retry_and_advice(int status, boolean isTransient, String advice) {
        HttpStatusException failure = new HttpStatusException(status, "", null);
        assertThat(failure.status()).isEqualTo(status);
        assertThat(failure.isTransient()).isEqualTo(isTransient);
        assertThat(HttpStatusException.isTransient(status)).isEqualTo(isTransient);
        assertThat(failure)
                .hasMessageStartingWith("The server replied with HTTP status " + status + ". ")
                .hasMessageContaining(advice)
                .hasNoCause();
    }

    @Test
    void a_status_failure_has_excerpt_and_pause() {
        HttpStatusException failure = new HttpStatusException(429, "slow down", MINUTE);
        assertThat(failure)
                .hasMessageStartingWith("The server replied with HTTP status 429 and \"slow down\". Too many");
        assertThat(failure.retryAfter()).contains(MINUTE);
    }
}
