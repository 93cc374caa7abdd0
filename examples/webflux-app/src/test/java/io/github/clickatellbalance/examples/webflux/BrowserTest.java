package io.github.clickatellbalance.examples.webflux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.clickatellbalance.test.Fault;
import io.github.clickatellbalance.test.StandInGateway;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.support.ui.WebDriverWait;

/**
 * The page in a real browser, headless. Skipped where there is no Chromium with its driver (Debian's packages {@code
 * chromium} and {@code chromium-driver}). Leaves {@code target/screenshots}; README shows copies.
 */
@Tag("any-jdk")
class BrowserTest {
    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final Path DRIVER = Path.of("/usr/bin/chromedriver");
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private static ChromeDriver browser;
    private static Path profile;

    @BeforeAll
    static void start() throws IOException {
        assumeTrue(
                Files.isExecutable(CHROMIUM) && Files.isExecutable(DRIVER),
                "No Chromium here: install the packages chromium and chromium-driver to see the page tested");
        profile = Files.createTempDirectory("chromium");
        ChromeOptions options = new ChromeOptions();
        options.setBinary(CHROMIUM.toFile());
        options.addArguments(
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--user-data-dir=" + profile);
        browser = new ChromeDriver(
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(DRIVER.toFile())
                        .build(),
                options);
        Files.createDirectories(SCREENSHOTS);
    }

    @AfterAll
    static void stop() {
        if (browser != null) {
            browser.quit();
        }
    }

    private static void open(RunningApplication application) {
        browser.get("about:blank"); // the errors of the page before are no errors of the next
        browser.manage().logs().get("browser");
        browser.get(application.url() + "/");
    }

    private static void device(int width, int height, String scheme) {
        browser.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
        browser.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    private static String text(String id) {
        return browser.findElement(By.id(id)).getText();
    }

    private static void awaitText(String id, Predicate<String> condition) {
        new WebDriverWait(browser, TIMEOUT)
                .withMessage(() -> "#" + id + " is: " + text(id))
                .until(driver -> condition.test(text(id)));
    }

    private static void awaitState(String state) {
        new WebDriverWait(browser, TIMEOUT)
                .withMessage(() -> "state is " + text("state"))
                .until(driver ->
                        state.equals(browser.findElement(By.id("state")).getDomAttribute("data-state")));
    }

    private static Object script(String javaScript) {
        return Objects.requireNonNull(browser.executeScript(javaScript));
    }

    /** No console error, no text beyond the page's width. */
    private static void looksRight() {
        assertThat(script("return document.documentElement.scrollWidth <= innerWidth"))
                .isEqualTo(true);
        assertThat(browser.manage().logs().get("browser").getAll()).isEmpty();
    }

    /** By the default rules of axe-core, at phone and desktop width, in light and dark, with the table open. */
    private static void isAccessible() throws IOException {
        if (!Boolean.TRUE.equals(script("return 'axe' in window"))) {
            try (InputStream axe = BrowserTest.class.getResourceAsStream("/axe.min.js")) {
                browser.executeScript(new String(Objects.requireNonNull(axe).readAllBytes(), UTF_8));
            }
        }
        browser.executeScript("document.querySelector('details').open = true");
        for (String scheme : List.of("dark", "light")) {
            for (int width : List.of(360, 1200)) {
                device(width, 800, scheme);
                assertThat(browser.executeAsyncScript("""
                                const done = arguments[arguments.length - 1];
                                axe.run().then(
                                    result => done(result.passes.length < 10 ? ['too few rules'] : result.violations
                                        .map(rule => rule.id + ': ' + rule.nodes.map(node => node.failureSummary).join())),
                                    failure => done([String(failure)]));
                                """))
                        .as("violations in %s at %d px, state: %s", scheme, width, text("state"))
                        .isEqualTo(List.of());
            }
        }
        browser.executeScript("document.querySelector('details').open = false");
    }

    @Test
    void values_arrive_and_the_chart_moves_at_desktop_and_phone_width_in_light_and_dark() throws IOException {
        try (RunningApplication application = RunningApplication.with(
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--clickatell.interval=250ms",
                "--clickatell.burn-rate-window=20s")) {
            for (String scheme : List.of("light", "dark")) {
                device(360, 740, scheme);
                valuesArrive(application, scheme);
                device(1200, 800, scheme);
                valuesArrive(application, scheme);
                device(1200, 840, scheme);
                awaitPoints(30);
                Files.write(SCREENSHOTS.resolve(scheme + ".png"), browser.getScreenshotAs(OutputType.BYTES));
            }
        }
    }

    private static void valuesArrive(RunningApplication application, String scheme) {
        long opened = System.nanoTime();
        open(application);
        awaitState("fresh");
        awaitText("state-text", "Fresh"::equals);
        awaitText("shape", "●"::equals);
        awaitPoints(5);
        assertThat(Duration.ofNanos(System.nanoTime() - opened)).isLessThan(Duration.ofSeconds(10));
        assertThat(script("const c = document.querySelector('#chart canvas');"
                        + "return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v > 0)"))
                .as("something is drawn")
                .isEqualTo(true);
        awaitText("age", age -> age.endsWith("s"));
        awaitText("rate", rate -> rate.endsWith("per hour"));
        awaitText("runway", runway -> runway.endsWith("left") || runway.equals("the balance does not fall"));
        assertThat(browser.findElement(By.id("stand-in")).isDisplayed()).isTrue();
        assertThat(browser.getTitle()).endsWith("credits");
        assertThat(script("return getComputedStyle(document.body).backgroundColor"))
                .isEqualTo(scheme.equals("dark") ? "rgb(16, 20, 26)" : "rgb(246, 247, 249)");
        looksRight();
    }

    private static void awaitPoints(long count) {
        new WebDriverWait(browser, TIMEOUT).until(driver -> (Long) script("return balances.length") >= count);
    }

    @Test
    void states_have_words_and_shapes_and_are_accessible() throws IOException {
        device(1200, 800, "light");
        try (StandInGateway gateway = StandInGateway.start();
                RunningApplication application = RunningApplication.against(gateway)) {
            open(application);
            awaitText("amount", "100.00"::equals);
            awaitText("low", "above all thresholds"::equals);
            awaitText("runway", "the balance does not fall"::equals);
            assertThat(browser.findElement(By.id("stand-in")).isDisplayed()).isFalse();
            isAccessible();

            gateway.balance("12.50");
            awaitText("amount", "12.50"::equals);
            awaitText("low", "▼ below critical, low"::equals);
            isAccessible();

            gateway.fail(Fault.UNAVAILABLE);
            awaitText("age", age -> age.matches("[2-9] s")); // it ticks
            awaitState("stale");
            awaitText("state-text", state -> state.startsWith("Stale"));
            awaitText("shape", "▲"::equals);
            awaitText("reason", reason -> reason.contains("503"));
            assertThat(text("amount")).as("the last known balance").isEqualTo("12.50");
            isAccessible();

            gateway.balance("60.00");
            awaitState("fresh");
            awaitText("amount", "60.00"::equals);

            gateway.fail(Fault.REFUSED);
            awaitState("rejected");
            awaitText("state-text", state -> state.startsWith("Rejected"));
            awaitText("shape", "■"::equals);
            isAccessible();
            looksRight();
        }
    }

    @Test
    void the_history_is_drawn_at_once_and_no_balance_twice() {
        device(1200, 800, "light");
        try (StandInGateway gateway = StandInGateway.start();
                RunningApplication application = RunningApplication.against(gateway)) {
            gateway.fallingBalance();
            new WebDriverWait(browser, TIMEOUT).until(driver -> gateway.requests() >= 10);
            open(application);
            awaitState("fresh");

            assertThat((Long) script("return chart.data[0].length")).isGreaterThanOrEqualTo(10);
            assertThat(script("return chart.data[0].every((time, i) => i === 0 || time > chart.data[0][i - 1])"))
                    .isEqualTo(true);
            assertThat(script("return element('values').rows.length === Math.min(balances.length, TABLE_ROWS)"))
                    .isEqualTo(true);
        }
    }

    @Test
    void amounts_keep_their_digits_in_groups_and_the_runway_is_in_words() {
        device(360, 740, "light");
        try (StandInGateway gateway = StandInGateway.start();
                RunningApplication application = RunningApplication.against(gateway)) {
            gateway.balance("12345678901234567.890");
            open(application);
            awaitText("amount", "12,345,678,901,234,567.890"::equals);
            assertThat(browser.getTitle()).isEqualTo("12,345,678,901,234,567.890 credits");
            looksRight();

            assertThat(script("return ['0', '999', '1000', '-1234.5', '-123', '0.0001'].map(grouped)"))
                    .isEqualTo(List.of("0", "999", "1,000", "-1,234.5", "-123", "0.0001"));
            assertThat(script("return [0, 59, 60, 2100, 18000, 86400, 172800, 1e9].map(about)"))
                    .isEqualTo(List.of(
                            "nothing left",
                            "less than a minute left",
                            "about 1 min left",
                            "about 35 min left",
                            "about 5 h left",
                            "about 24 h left",
                            "about 2 days left",
                            "about 11,574 days left"));
        }
    }

    @Test
    void the_page_comes_back_by_itself_after_a_restart_of_the_server() throws IOException {
        device(1200, 800, "light");
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        try (StandInGateway gateway = StandInGateway.start()) {
            try (RunningApplication first = RunningApplication.onPort(port, gateway)) {
                open(first);
                awaitText("amount", "100.00"::equals);
            }
            awaitState("offline");
            isAccessible();
            gateway.balance("77.00");
            try (RunningApplication second = RunningApplication.onPort(
                    port, gateway, "--clickatell.interval=200ms", "--clickatell.thresholds.other=70")) {
                assertThat(second.port()).isEqualTo(port);
                awaitState("fresh");
                awaitText("amount", "77.00"::equals);
                assertThat(script("return settings.thresholds.map(t => t.amount).join()"))
                        .as("those of the new server")
                        .isEqualTo("25,50,70");
            }
        }
    }

    @Test
    void the_values_can_be_read_as_a_table_by_keyboard_alone() {
        device(1200, 800, "light");
        try (StandInGateway gateway = StandInGateway.start();
                RunningApplication application = RunningApplication.against(gateway)) {
            open(application);
            awaitText("amount", "100.00"::equals);
            new Actions(browser).sendKeys(Keys.TAB).sendKeys(Keys.ENTER).perform();

            awaitText("values", values -> values.contains("100.00"));
            assertThat(script("return getComputedStyle(document.activeElement).outlineStyle"))
                    .isEqualTo("solid");
        }
    }
}
