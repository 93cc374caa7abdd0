package io.github.clickatellbalance.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The header {@code Retry-After}, in each form of the standard and without any. */
class RetryAfterTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-24T12:00:00Z"), ZoneOffset.UTC);

    private static @Nullable Duration of(String retryAfter) {
        return RetryAfter.of(headers().set("Retry-After", retryAfter), CLOCK);
    }

    private static @Nullable Duration of(String retryAfter, String date) {
        return RetryAfter.of(headers().set("Retry-After", retryAfter).set("Date", date), CLOCK);
    }

    /** Without Netty's validation: replies from the network have none either. */
    private static HttpHeaders headers() {
        return DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
    }

    @Test
    void without_the_header_there_is_no_pause() {
        assertThat(RetryAfter.of(headers(), CLOCK)).isNull();
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1", "120, 120", "'  5 ', 5", "007, 7", "999999999, 999999999"})
    void a_number_is_seconds(String value, long seconds) {
        assertThat(of(value)).isEqualTo(Duration.ofSeconds(seconds));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1000000000", "99999999999999999999999999", "9223372036854775808"})
    void a_number_of_seconds_beyond_nine_digits_is_limited(String value) {
        assertThat(of(value)).isEqualTo(Duration.ofSeconds(999_999_999));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Tue, 24 Nov 2026 12:01:30 GMT",
                "Tuesday, 24-Nov-26 12:01:30 GMT",
                "Tue Nov 24 12:01:30 2026",
                "  Tue, 24 Nov 2026 12:01:30 GMT "
            })
    void a_date_in_each_form_of_the_standard_is_compared_with_the_clock(String value) {
        assertThat(of(value)).isEqualTo(Duration.ofSeconds(90));
    }

    @Test
    void a_date_is_compared_with_the_date_of_the_reply_if_it_has_one() {
        assertThat(of("Tue, 24 Nov 2026 12:01:30 GMT", "Tue, 24 Nov 2026 12:01:00 GMT"))
                .isEqualTo(Duration.ofSeconds(30));
        assertThat(of("Sun, 01 Jan 2012 00:00:10 GMT", "Sun, 01 Jan 2012 00:00:00 GMT"))
                .isEqualTo(Duration.ofSeconds(10));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "garbage",
                "-1",
                "a header value much longer than any date, as a broken or hostile server sends"
            })
    void an_unreadable_date_of_the_reply_is_ignored(String date) {
        assertThat(of("Tue, 24 Nov 2026 12:01:30 GMT", date)).isEqualTo(Duration.ofSeconds(90));
    }

    @Test
    void a_date_of_now_is_a_pause_of_zero() {
        assertThat(of("Tue, 24 Nov 2026 12:00:00 GMT")).isEqualTo(Duration.ZERO);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Tue, 24 Nov 2026 11:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"})
    void a_date_in_the_past_is_ignored(String value) {
        assertThat(of(value)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "-1",
                "+5",
                "1.5",
                "1e9",
                "5s",
                "abc",
                "\u0665",
                "5, 10",
                "2026-11-24T12:01:30Z",
                "a header value much longer than any date, as a broken or hostile server sends"
            })
    void an_unreadable_value_is_ignored(String value) {
        assertThat(of(value)).isNull();
    }

    @Test
    void the_first_of_two_headers_is_used() {
        HttpHeaders headers = headers().add("Retry-After", "5").add("Retry-After", "10");

        assertThat(RetryAfter.of(headers, CLOCK)).isEqualTo(Duration.ofSeconds(5));
    }
}
