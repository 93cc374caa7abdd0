package io.github.clickatellbalance;

import static io.github.clickatellbalance.Replies.balance;
import static io.github.clickatellbalance.Replies.failure;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Replies from documents, tests and captures. */
class RealRepliesTest {
    record Row(String body, String expected, String source) {}

    static List<Row> replies() {
        try (InputStream table = RealRepliesTest.class.getResourceAsStream("/getbalance-replies.tsv")) {
            return new String(Objects.requireNonNull(table).readAllBytes(), UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split("\t", -1))
                    .map(row -> new Row(row[0].translateEscapes(), row[1], row[2]))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void the_table_has_each_kind_of_reply() {
        assertThat(replies()).hasSizeGreaterThan(90);
        assertThat(replies()).extracting(Row::expected).contains("123.00", "malformed", "error - Some exception");
    }

    @ParameterizedTest
    @MethodSource("replies")
    void an_observed_reply_has_the_result_in_the_table(Row row) {
        if (row.expected.equals("malformed")) {
            assertThat(failure(MalformedReplyException.class, row.body)).isNotNull();
        } else if (row.expected.startsWith("error ")) {
            ApiErrorException error = failure(ApiErrorException.class, row.body);
            assertThat(("error " + error.code().orElse("-") + " " + error.description()).strip())
                    .isEqualTo(row.expected);
        } else {
            assertThat(balance(row.body).amount()).isEqualTo(new BigDecimal(row.expected));
        }
    }
}
