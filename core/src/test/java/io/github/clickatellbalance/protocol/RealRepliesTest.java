package io.github.clickatellbalance.protocol;

import static io.github.clickatellbalance.protocol.Replies.balance;
import static io.github.clickatellbalance.protocol.Replies.failure;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.MalformedReplyException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RealRepliesTest {
    record Seen(String body, String expected, String source) {}

    static List<Seen> replies() {
        try (InputStream table = RealRepliesTest.class.getResourceAsStream("/getbalance-replies.tsv")) {
            return new String(Objects.requireNonNull(table).readAllBytes(), UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split("\t", -1))
                    .map(row -> new Seen(row[0].translateEscapes(), row[1], row[2]))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void the_table_holds_every_kind_of_reply() {
        assertThat(replies()).hasSizeGreaterThan(90);
        assertThat(replies()).extracting(Seen::expected).contains("123.00", "malformed", "error - Some exception");
    }

    @ParameterizedTest
    @MethodSource("replies")
    void a_reply_that_was_seen_means_what_the_table_says(Seen seen) {
        if (seen.expected.equals("malformed")) {
            assertThat(failure(MalformedReplyException.class, seen.body)).isNotNull();
        } else if (seen.expected.startsWith("error ")) {
            ApiErrorException error = failure(ApiErrorException.class, seen.body);
            assertThat(("error " + error.code().orElse("-") + " " + error.description()).strip())
                    .isEqualTo(seen.expected);
        } else {
            assertThat(balance(seen.body).amount()).isEqualTo(new BigDecimal(seen.expected));
        }
    }
}
