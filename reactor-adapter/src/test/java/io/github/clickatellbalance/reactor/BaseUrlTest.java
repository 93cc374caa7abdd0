package io.github.clickatellbalance.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Accepted and rejected base URLs. */
class BaseUrlTest {
    @ParameterizedTest
    @CsvSource({
        "https://api.clickatell.com, https://api.clickatell.com",
        "https://api.clickatell.com/, https://api.clickatell.com",
        "https://api.clickatell.com///, https://api.clickatell.com",
        "HTTPS://api.clickatell.com, HTTPS://api.clickatell.com",
        "https://proxy.example:8443/sms/v1/, https://proxy.example:8443/sms/v1",
        "http://127.0.0.1:8080, http://127.0.0.1:8080",
        "https://[2001:db8::1]:8443, https://[2001:db8::1]:8443"
    })
    void slashes_at_the_end_of_a_base_url_are_removed(String url, String parsed) {
        assertThat(BaseUrl.parse(url)).isEqualTo(URI.create(parsed)).hasToString(parsed);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "api.clickatell.com",
                "//api.clickatell.com",
                "ftp://api.clickatell.com",
                "ws://api.clickatell.com",
                "https:",
                "https://",
                "https:///path",
                "https:api.clickatell.com",
                "https://host with blanks",
                " https://api.clickatell.com",
                "https://under_score.example",
                "https://host:port",
                "https://host:65536"
            })
    void an_invalid_base_url_is_rejected_with_name_rule_and_value(String url) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BaseUrl.parse(url))
                .withMessageContainingAll("baseUrl", "http(s)://host[:port][/path]", url);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://canary:canary@api.clickatell.com",
                "https://canary@api.clickatell.com",
                "https://canary:p%40ss@api.clickatell.com/path",
                "https://canary:ca nary@api.clickatell.com",
                "canary:canary@api.clickatell.com"
            })
    void a_base_url_with_user_info_is_rejected_and_not_shown(String url) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BaseUrl.parse(url))
                .withMessageContaining("baseUrl must not contain user info")
                .satisfies(BaseUrlTest::showsNoSecret);
    }

    /** The vendor's examples are URLs with secrets in the query. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://api.clickatell.com/http/getbalance?user=canary&password=canary&api_id=canary",
                "https://api.clickatell.com?user=canary",
                "https://api.clickatell.com?password=ca nary canary",
                "https://api.clickatell.com/#canary",
                "api.clickatell.com?user=canary"
            })
    void a_base_url_with_a_query_or_fragment_is_rejected_and_not_shown(String url) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BaseUrl.parse(url))
                .withMessageContainingAll("baseUrl must be", "without query or fragment", "api.clickatell.com")
                .satisfies(BaseUrlTest::showsNoSecret);
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://api.clickatell.com?", "https://api.clickatell.com#"})
    void an_empty_query_or_fragment_is_rejected(String url) {
        assertThatIllegalArgumentException().isThrownBy(() -> BaseUrl.parse(url));
    }

    private static void showsNoSecret(Throwable failure) {
        for (Throwable at = failure; at != null; at = at.getCause()) {
            assertThat(at.toString()).doesNotContain("canary");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://localhost",
                "http://LocalHost:8080",
                "http://127.0.0.1",
                "http://127.1.2.3:8080/path",
                "http://[::1]:8080",
                "HTTP://127.0.0.1",
                "https://api.clickatell.com",
                "HTTPS://api.clickatell.com"
            })
    void loopback_hosts_and_https_are_not_plain_text_to_another_host(String url) {
        assertThat(BaseUrl.isPlainTextToOtherHost(BaseUrl.parse(url))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://api.clickatell.com",
                "HTTP://api.clickatell.com",
                "http://127.0.0.1.example.com",
                "http://localhost.example.com",
                "http://notlocalhost",
                "http://10.0.0.1",
                "http://0.0.0.0",
                "http://[2001:db8::1]"
            })
    void http_to_any_other_host_is_plain_text_to_another_host(String url) {
        assertThat(BaseUrl.isPlainTextToOtherHost(BaseUrl.parse(url))).isTrue();
    }
}
