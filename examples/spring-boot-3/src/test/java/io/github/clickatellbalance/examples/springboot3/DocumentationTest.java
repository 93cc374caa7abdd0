package io.github.clickatellbalance.examples.springboot3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The README has the code of this module. */
class DocumentationTest {
    private static List<String> blocks(String language) throws IOException {
        return Pattern.compile("(?s)```" + language + "\\n(.*?)```")
                .matcher(Files.readString(Path.of("README.md")))
                .results()
                .map(block -> block.group(1))
                .toList();
    }

    /** From its annotation to its end: without package, imports and Javadoc. */
    private static String code(String type) throws IOException {
        String file = Files.readString(Path.of("src/main/java/" + type.replace('.', '/') + ".java"));
        return withoutSpace(file.substring(file.indexOf("\n@")));
    }

    /** The formatter breaks lines at other places than a page. */
    private static String withoutSpace(String code) {
        return code.replaceAll("\\s+", "");
    }

    @Test
    void the_code_blocks_are_the_whole_classes() throws IOException {
        assertThat(blocks("java").stream().map(DocumentationTest::withoutSpace))
                .containsExactly(code(BalanceConfiguration.class.getName()), code(BalanceController.class.getName()));
    }
}
