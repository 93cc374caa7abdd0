package io.github.clickatellbalance.examples.webflux;

import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

/** A gateway on loopback that answers what a test says, and counts. */
final class TestGateway implements AutoCloseable {
    private final AtomicInteger requests = new AtomicInteger();
    private volatile int status = 200;
    private volatile String reply = "Credits: 100.00 ";
    // Of its own: Spring disposes of Reactor Netty's shared ones when an application ends.
    private final LoopResources loops = LoopResources.create("test-gateway", 1, true);
    private final DisposableServer server = HttpServer.create()
            .runOn(loops)
            .host("127.0.0.1")
            .port(0)
            .route(routes -> routes.post(
                    "/http/getbalance",
                    (request, response) -> request.receive()
                            .aggregate()
                            .asString()
                            .then(Mono.defer(() -> {
                                requests.incrementAndGet();
                                return response.status(status)
                                        .sendString(Mono.just(reply))
                                        .then();
                            }))))
            .bindNow();

    void balance(String amount) {
        status = 200;
        reply = "Credits: " + amount + " ";
    }

    void outage() {
        status = 503;
        reply = "";
    }

    void refuse() {
        status = 200;
        reply = "ERR: 001, Authentication failed";
    }

    int requests() {
        return requests.get();
    }

    String url() {
        return "http://127.0.0.1:" + server.port();
    }

    @Override
    public void close() {
        server.disposeNow();
        loops.dispose();
    }
}
