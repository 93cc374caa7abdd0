package io.github.clickatellbalance.examples.webflux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
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
class BrowserTest {
    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final Path DRIVER = Path.of("/usr/bin/chromedriver");
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");
    private static final Duration PATIENCE = Duration.ofSeconds(30);

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
        browser.get("about:blank"); // what the page of an application that has ended still says is no error of the next
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
        new WebDriverWait(browser, PATIENCE)
                .withMessage(() -> "#" + id + " says: " + text(id))
                .until(driver -> condition.test(text(id)));
    }

    private static void awaitState(String state) {
        new WebDriverWait(browser, PATIENCE)
                .withMessage(() -> "state is " + text("state"))
                .until(driver ->
                        state.equals(browser.findElement(By.id("state")).getDomAttribute("data-state")));
    }

    private static Object script(String javaScript) {
        return Objects.requireNonNull(browser.executeScript(javaScript));
    }

    /** No console error, no word beyond the page's width. */
    private static void looksRight() {
        assertThat(script("return document.documentElement.scrollWidth <= innerWidth"))
                .isEqualTo(true);
        assertThat(browser.manage().logs().get("browser").getAll()).isEmpty();
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
        assertThat(browser.findElement(By.id("stand-in")).isDisplayed()).isTrue();
        assertThat(browser.getTitle()).endsWith("credits");
        assertThat(script("return getComputedStyle(document.body).backgroundColor"))
                .isEqualTo(scheme.equals("dark") ? "rgb(16, 20, 26)" : "rgb(246, 247, 249)");
        looksRight();
    }

    private static void awaitPoints(long count) {
        new WebDriverWait(browser, PATIENCE).until(driver -> (Long) script("return points[0].length") >= count);
    }

    @Test
    void states_are_told_in_words_and_shapes() {
        device(1200, 800, "light");
        try (TestGateway gateway = new TestGateway();
                RunningApplication application = RunningApplication.against(gateway)) {
            open(application);
            awaitText("amount", "100.00"::equals);
            awaitText("low", "above all"::equals);
            assertThat(browser.findElement(By.id("stand-in")).isDisplayed()).isFalse();

            gateway.balance("12.50");
            awaitText("amount", "12.50"::equals);
            awaitText("low", "▼ below critical, low"::equals);

            gateway.outage();
            awaitText("age", age -> age.matches("[2-9] s")); // it ticks
            awaitState("stale");
            awaitText("state-text", state -> state.startsWith("Stale"));
            awaitText("shape", "▲"::equals);
            awaitText("reason", reason -> reason.contains("503"));
            assertThat(text("amount")).as("the last balance known").isEqualTo("12.50");

            gateway.balance("60.00");
            awaitState("fresh");
            awaitText("amount", "60.00"::equals);

            gateway.refuse();
            awaitState("rejected");
            awaitText("state-text", state -> state.startsWith("Rejected"));
            awaitText("shape", "■"::equals);
            looksRight();
        }
    }

    @Test
    void the_page_comes_back_by_itself_after_a_restart_of_the_server() throws IOException {
        device(1200, 800, "light");
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        try (TestGateway gateway = new TestGateway()) {
            try (RunningApplication first = RunningApplication.onPort(port, gateway)) {
                open(first);
                awaitText("amount", "100.00"::equals);
            }
            awaitState("offline");
            gateway.balance("77.00");
            try (RunningApplication second = RunningApplication.onPort(
                    port, gateway, "--clickatell.interval=200ms", "--clickatell.thresholds.other=70")) {
                assertThat(second.port()).isEqualTo(port);
                awaitState("fresh");
                awaitText("amount", "77.00"::equals);
                assertThat(script("return settings.thresholds.map(t => t.amount).join()"))
                        .as("those of the new server")
                        .isEqualTo("70");
            }
        }
    }

    @Test
    void the_values_can_be_read_as_a_table_by_keyboard_alone() {
        device(1200, 800, "light");
        try (TestGateway gateway = new TestGateway();
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
