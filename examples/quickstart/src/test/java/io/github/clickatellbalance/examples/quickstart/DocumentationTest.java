package io.github.clickatellbalance.examples.quickstart;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.clickatellbalance.ApiErrorException;
import io.github.clickatellbalance.ApiReply;
import io.github.clickatellbalance.BalanceApi;
import io.github.clickatellbalance.Credentials;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** README, ERRORS.md and Javadoc agree with the code. */
class DocumentationTest {
    private static final Path ROOT = Path.of(System.getProperty("project.root"));

    @ParameterizedTest
    @MethodSource("javaBlocks")
    void a_code_block_is_compiled_and_run_by_Snippets(String where, String code) throws IOException {
        String snippets = Files.readString(ROOT.resolve("examples/quickstart/src/test/java")
                .resolve(Snippets.class.getName().replace('.', '/') + ".java"));

        assertThat(withoutSpace(snippets)).as(where).contains(withoutSpace(code));
    }

    static Stream<Arguments> javaBlocks() {
        List<Arguments> readme =
                blocks(ROOT.resolve("README.md"), "(?s)```java\\n(.*?)```").toList();
        List<Arguments> javadoc = Stream.of("core/src/main", "reactor-adapter/src/main")
                .flatMap(folder -> javaFiles(ROOT.resolve(folder)).stream())
                .flatMap(file -> blocks(file, "(?s)<pre>\\{@code\\n(.*?)\\n *\\* }</pre>"))
                .toList();
        assertThat(readme).hasSizeGreaterThan(1);
        assertThat(javadoc).isNotEmpty();
        return Stream.concat(readme.stream(), javadoc.stream());
    }

    private static List<Path> javaFiles(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<Arguments> blocks(Path file, String pattern) {
        return Pattern.compile(pattern)
                .matcher(read(file))
                .results()
                .map(block -> Arguments.of(
                        file.getFileName().toString(),
                        block.group(1)
                                .lines()
                                .map(line -> line.replaceFirst("^ *\\* ", ""))
                                .collect(joining("\n"))));
    }

    /** The formatter breaks lines at other places than a page. */
    private static String withoutSpace(String code) {
        return code.replaceAll("\\s+", "");
    }

    @Test
    void every_block_of_the_readme_is_of_a_kind_that_is_checked() {
        assertThat(blocks(ROOT.resolve("README.md"), "(?m)^```([a-z]+)$").map(block -> block.get()[1]))
                .isSubsetOf("java", "sh", "text", "xml");
    }

    @ParameterizedTest
    @MethodSource("errorRows")
    void a_row_of_the_error_table_agrees_with_the_exception(
            String code, String meaning, String isTransient, String advice) {
        byte[] reply = ("ERR: " + code).getBytes(UTF_8);
        ApiErrorException error = catchThrowableOfType(
                ApiErrorException.class,
                () -> requireNonNull(BalanceApi.http(Credentials.of("someone", "secret", "4711"))
                                .balance())
                        .read(new ApiReply(200, reply, Instant.EPOCH, null)));

        assertThat(error.code()).contains(code);
        assertThat(error.isTransient()).isEqualTo(isTransient.equals("yes"));
        assertThat(String.valueOf(error.getMessage()).toLowerCase(Locale.ROOT))
                .contains(meaning.toLowerCase(Locale.ROOT), advice.toLowerCase(Locale.ROOT));
    }

    static Stream<Arguments> errorRows() {
        List<Arguments> rows = Pattern.compile("(?m)^\\| (\\d{3}) \\| (.*?) \\| (yes|no) \\| (.*?) \\|$")
                .matcher(read(ROOT.resolve("core/ERRORS.md")))
                .results()
                .map(row -> Arguments.of(row.group(1), row.group(2), row.group(3), row.group(4)))
                .toList();
        assertThat(rows).hasSizeGreaterThan(5);
        return rows.stream();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
