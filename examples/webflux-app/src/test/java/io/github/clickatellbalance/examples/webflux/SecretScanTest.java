package io.github.clickatellbalance.examples.webflux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A log with a secret does not pass. */
class SecretScanTest {
    private static final String SECRET = "p\u00e4ss word/+1";

    private static List<String> found(String log) {
        return new SecretScan(List.of(SECRET)).in(log.lines().toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {SECRET, "P\u00c4SS WORD/+1", "p%C3%A4ss+word%2F%2B1", "p%c3%a4ss%20word%2f%2b1"})
    void a_secret_is_found_plain_and_url_encoded(String form) {
        assertThat(found("one\nx=" + form + "&y\nthree"))
                .singleElement()
                .asString()
                .contains("x=");
    }

    @ParameterizedTest
    @ValueSource(strings = {"wrong \\\"id\\\" <2>", "wrong &quot;id&quot; &lt;2&gt;"})
    void a_secret_is_found_escaped_for_json_and_html(String form) {
        assertThat(new SecretScan(List.of("wrong \"id\" <2>")).in(List.of(form)))
                .isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "u:", "us:", "use:", "user:"})
    void a_secret_is_found_in_base64_wherever_it_stands(String before) {
        byte[] bytes = (before + SECRET + ":after").getBytes(UTF_8);
        assertThat(found("Basic " + Base64.getEncoder().encodeToString(bytes))).isNotEmpty();
        assertThat(found("Basic " + Base64.getUrlEncoder().encodeToString(bytes)))
                .isNotEmpty();
    }

    @Test
    void a_secret_is_found_in_hexadecimal_and_across_the_lines_of_a_dump() {
        byte[] bytes = SECRET.getBytes(UTF_8);
        assertThat(found("content: " + HexFormat.of().formatHex(bytes))).isNotEmpty();
        assertThat(found("content: " + HexFormat.of().withUpperCase().formatHex(bytes)))
                .isNotEmpty();
        for (int before = 0; before < 16; before++) {
            String dump = ByteBufUtil.prettyHexDump(Unpooled.copiedBuffer("x".repeat(before) + SECRET, UTF_8));
            assertThat(found("WRITE: 99B\n" + dump)).as(dump).isNotEmpty();
        }
    }

    @Test
    void other_text_is_no_secret() {
        assertThat(found("p\u00e4ss word\n" + ByteBufUtil.prettyHexDump(Unpooled.copiedBuffer("password", UTF_8))))
                .isEmpty();
    }
}
