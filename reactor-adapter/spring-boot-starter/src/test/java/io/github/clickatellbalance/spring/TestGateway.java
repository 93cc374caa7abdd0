package io.github.clickatellbalance.spring;

import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

/** A gateway on loopback with the replies that a test sets; counts requests. */
final class TestGateway implements AutoCloseable {
    private final AtomicInteger requests = new AtomicInteger();
    private volatile int status = 200;
    private volatile String reply = "Credits: 100.00 ";
    private volatile boolean isSilent;
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
                                if (isSilent) {
                                    return Mono.never();
                                }
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

    /** There will be no reply. */
    void silence() {
        isSilent = true;
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
