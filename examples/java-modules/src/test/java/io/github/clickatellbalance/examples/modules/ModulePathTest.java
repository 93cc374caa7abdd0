package io.github.clickatellbalance.examples.modules;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.github.clickatellbalance.test.StandInGateway;
import java.io.File;
import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The compiler has accepted the descriptor with all warnings as errors. */
class ModulePathTest {
    private static final String MODULE = PrintBalance.class.getPackageName();

    private static String modulePath() throws IOException {
        return Path.of("target", "classes")
                + File.pathSeparator
                + Files.readString(Path.of("target", "module-path.txt")).strip();
    }

    private static String run(String baseUrl) throws IOException, InterruptedException {
        ProcessBuilder java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--module-path",
                        modulePath(),
                        "--module",
                        MODULE + "/" + PrintBalance.class.getName(),
                        baseUrl)
                .redirectErrorStream(true);
        java.environment().put("CLICKATELL_USER", StandInGateway.USER);
        java.environment().put("CLICKATELL_PASSWORD", StandInGateway.PASSWORD);
        java.environment().put("CLICKATELL_API_ID", StandInGateway.API_ID);
        Process process = java.start();
        CompletableFuture.delayedExecutor(60, TimeUnit.SECONDS).execute(process::destroyForcibly);
        String printed = new String(process.getInputStream().readAllBytes(), UTF_8);

        assertThat(process.waitFor()).as(printed).isZero();
        return printed;
    }

    @Test
    void an_application_on_the_module_path_gets_its_balance_without_flags() throws IOException, InterruptedException {
        try (StandInGateway gateway = StandInGateway.start()) {
            gateway.balance("77.00");

            assertThat(run(gateway.baseUrl()).lines().filter(line -> line.endsWith(" left")))
                    .containsExactly("77.00 credits left", "77.00 credits left");
            assertThat(gateway.requests()).isEqualTo(2);
        }
    }

    @Test
    void the_user_agent_has_the_version_as_on_the_class_path() throws IOException, InterruptedException {
        Queue<String> userAgents = new ConcurrentLinkedQueue<>();
        HttpServer gateway = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        gateway.createContext("/", exchange -> {
            userAgents.add(exchange.getRequestHeaders().getFirst("User-Agent"));
            byte[] reply = "Credits: 1.00".getBytes(UTF_8);
            exchange.sendResponseHeaders(200, reply.length);
            exchange.getResponseBody().write(reply);
            exchange.close();
        });
        gateway.start();
        try {
            run("http://127.0.0.1:" + gateway.getAddress().getPort());
        } finally {
            gateway.stop(0);
        }

        assertThat(userAgents).hasSize(2).allMatch(userAgent -> userAgent.matches("clickatell-balance/[0-9].*"));
    }

    @Test
    void core_and_adapter_are_modules_with_descriptors_and_neither_micrometer_nor_lettuce_is_there()
            throws IOException {
        ModuleFinder modules = ModuleFinder.of(
                Stream.of(modulePath().split(File.pathSeparator)).map(Path::of).toArray(Path[]::new));

        assertThat(Stream.of("io.github.clickatellbalance", "io.github.clickatellbalance.reactor")
                        .map(name -> modules.find(name).orElseThrow()))
                .noneMatch(module -> module.descriptor().isAutomatic());
        assertThat(modules.findAll().stream().map(ModuleReference::descriptor))
                .noneMatch(module ->
                        module.name().contains("micrometer") || module.name().contains("lettuce"));
    }
}
