package io.github.clickatellbalance.reactor;

import static io.github.clickatellbalance.reactor.Protocol.SECRET;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.clickatellbalance.reactor.FaultServer.Peer;
import io.github.clickatellbalance.reactor.FaultServer.Script;
import io.netty.channel.epoll.Epoll;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.zip.GZIPOutputStream;

/** The rows of {@link FaultMatrixTest} for one API. Each row is a fault of a server or network, and its expected outcome. */
final class FaultRows {
    static final String SUCCESS = "balance 12.50";
    static final String TIMED_OUT =
            "TransportException, transient: There was no complete reply within the attemptTimeout";
    /** With any message, because the message depends on the time of the fault and on the transport. */
    static final String BROKEN_ANY_MESSAGE = "TransportException, transient";

    private static final String MALFORMED = "MalformedReplyException, permanent";
    private static final String BROKEN = "TransportException, transient: The connection broke";
    private static final String NOT_HTTP = "MalformedReplyException, permanent: it is not HTTP";
    private static final String UNTRUSTED = "TransportException, permanent: There is no trust in the server";

    private static final String GZIP_BOMB = gzip(" ".repeat(20_000_000));
    private static final String CHUNKED = "Transfer-Encoding: chunked\r\n\r\n";
    private static final String UNTIL_CLOSE = "\r\n";

    private final Protocol api;
    private final FaultServer elsewhere;
    private final String body;
    private final String halfBody;
    private final String length;
    private final String echo;
    private final String headers;
    private final String head;
    private final String ok;

    /** {@code elsewhere} is the target of redirects to another origin. */
    FaultRows(Protocol api, FaultServer elsewhere) {
        this.api = api;
        this.elsewhere = elsewhere;
        this.body = api.balance("12.50");
        this.halfBody = body.substring(0, body.length() - 4);
        this.length = "Content-Length: " + body.length() + "\r\n\r\n";
        // A server may repeat a secret in the reason phrase, in the name or value of a header, and in the body.
        this.echo = api.secrets() + " " + URLEncoder.encode(SECRET, UTF_8) + " " + SECRET.replace("\"", "\\\"");
        this.headers = "X-Echo: " + echo + "\r\ncanary-name: " + echo + "\r\n";
        this.head = "HTTP/1.1 200 " + echo + "\r\n" + headers;
        this.ok = head + length + body;
    }

    enum Wire {
        PLAIN,
        TLS;

        @Override
        public String toString() {
            boolean isNative = Epoll.isAvailable() && !"false".equals(System.getProperty("reactor.netty.native"));
            return (isNative ? "epoll" : "nio") + (this == TLS ? "+tls" : "");
        }
    }

    /** By default the server receives one request for each attempt. Without a request it receives none. */
    record Row(String name, String outcome, boolean hasRequest, List<Wire> wires, Function<Wire, FaultServer> server) {
        Row withoutRequest() {
            return new Row(name, outcome, false, wires, server);
        }
    }

    /** A correct reply, except that it repeats the secrets. */
    Row success() {
        return replyRow("a balance", SUCCESS, ok);
    }

    private Row row(String name, String outcome, Script... scripts) {
        return new Row(
                name,
                outcome,
                true,
                List.of(Wire.values()),
                wire -> wire == Wire.PLAIN
                        ? FaultServer.start(scripts)
                        : FaultServer.startTls(TestCertificate.GOOD, scripts));
    }

    /** A row for one wire only. */
    private Row row(String name, String outcome, Wire wire, Function<Wire, FaultServer> server) {
        return new Row(name, outcome, true, List.of(wire), server);
    }

    private Row replyRow(String name, String outcome, String reply) {
        return row(name, outcome, FaultServer.says(reply));
    }

    private Row retryAfter(String name, String outcome, String fields) {
        String reply = "HTTP/1.1 503 " + echo + "\r\n" + fields + "Connection: close\r\nContent-Length: 0\r\n\r\n";
        return row("503 and Retry-After: " + name, outcome, FaultServer.says(reply, ok));
    }

    List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        rows.addAll(connections());
        rows.addAll(incompleteReplies());
        rows.addAll(replies());
        rows.addAll(redirects());
        rows.addAll(statuses());
        rows.addAll(tls());
        return rows;
    }

    private List<Row> connections() {
        return List.of(
                row(
                                "refused",
                                "TransportException, transient: The connection was refused",
                                Wire.PLAIN,
                                wire -> FaultServer.refusing())
                        .withoutRequest(),
                row(
                                "backlog full",
                                "TransportException, transient: No TCP connection came about within the connect timeout",
                                Wire.PLAIN,
                                wire -> FaultServer.full())
                        .withoutRequest(),
                row("accept, then FIN", BROKEN_ANY_MESSAGE, Wire.PLAIN, wire -> FaultServer.start(Peer::close))
                        .withoutRequest(),
                row("accept, then RST", BROKEN_ANY_MESSAGE, Wire.PLAIN, wire -> FaultServer.start(Peer::reset))
                        .withoutRequest(),
                row("accept, then silence", TIMED_OUT, Wire.PLAIN, wire -> FaultServer.start(Peer::silence))
                        .withoutRequest());
    }

    /** The connection ends or stalls at each point of a reply. */
    private List<Row> incompleteReplies() {
        Map<String, String> starts = new LinkedHashMap<>();
        starts.put("the request", "");
        starts.put("half a status line", "HTTP/1.");
        starts.put("half the headers", head + "Content-Le");
        starts.put("the headers", head + length);
        starts.put("half a body with its length", head + length + halfBody);
        starts.put("half a body in chunks", head + CHUNKED + hex(halfBody) + "\r\n" + halfBody + "\r\n");
        starts.put("half a chunk", head + CHUNKED + hex(body) + "\r\n" + halfBody);
        List<Row> rows = new ArrayList<>();
        starts.forEach((name, start) -> {
            rows.add(row(
                    name + ", then FIN",
                    BROKEN,
                    peer -> peer.readRequest().write(start).close()));
            rows.add(row(
                    name + ", then RST",
                    BROKEN,
                    peer -> peer.readRequest().write(start).reset()));
            rows.add(row(
                    name + ", then silence",
                    TIMED_OUT,
                    peer -> peer.readRequest().write(start).silence()));
        });
        rows.add(row(
                "half a body until close, then RST",
                BROKEN,
                peer -> peer.readRequest().write(head + UNTIL_CLOSE + halfBody).reset()));
        rows.add(row(
                "half a body until close, then silence",
                TIMED_OUT,
                peer -> peer.readRequest().write(head + UNTIL_CLOSE + halfBody).silence()));
        rows.add(row(
                "half a body until close, then FIN without TLS's close_notify",
                BROKEN,
                Wire.TLS,
                wire -> FaultServer.startTls(
                        TestCertificate.GOOD,
                        peer -> peer.readRequest()
                                .write(head + UNTIL_CLOSE + halfBody)
                                .cut())));
        rows.add(row(
                "a head that drips past the deadline",
                TIMED_OUT,
                peer -> peer.readRequest().write(head).drip("X-Drip: drip\r\n".repeat(50), Duration.ofMillis(20))));
        rows.add(row(
                "a body that drips past the deadline",
                TIMED_OUT,
                peer -> peer.readRequest()
                        .write(head + "Content-Length: 8000\r\n\r\n")
                        .drip(" ".repeat(8000), Duration.ofMillis(20))));
        return rows;
    }

    private List<Row> replies() {
        return List.of(
                success(),
                row("one byte in a packet", SUCCESS, peer -> peer.readRequest().drip(ok, Duration.ofMillis(1))),
                row(
                        "HTTP/1.0, a body until close",
                        SUCCESS,
                        peer -> peer.readRequest()
                                .write("HTTP/1.0 200 " + echo + "\r\n" + headers + "\r\n" + body)
                                .close()),
                replyRow("surplus bytes", SUCCESS, ok + echo),
                replyRow("a surplus line", SUCCESS, ok + echo + "\r\n\r\n"),
                replyRow("a surplus reply", SUCCESS, ok + head + length + api.balance("99.00")),
                replyRow(
                        "chunk extensions and trailers that echo the password",
                        SUCCESS,
                        head + CHUNKED + hex(body) + ";x=\"" + SECRET.replace("\"", "") + "\"\r\n" + body + "\r\n0\r\n"
                                + headers + "\r\n"),
                replyRow(
                        "a length and chunks",
                        NOT_HTTP,
                        head + "Content-Length: 3\r\n" + CHUNKED + hex(body) + "\r\n" + body + "\r\n0\r\n\r\n"),
                replyRow("100 Continue first", SUCCESS, "HTTP/1.1 100 " + echo + "\r\n\r\n" + ok),
                replyRow("102 Processing first", SUCCESS, "HTTP/1.1 102 " + echo + "\r\n" + headers + "\r\n" + ok),
                replyRow(
                        "103 Early Hints first, twice",
                        SUCCESS,
                        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(2) + ok),
                row(
                        "endless 103 Early Hints",
                        TIMED_OUT,
                        peer -> peer.readRequest().flood("HTTP/1.1 103 Early Hints\r\n" + headers + "\r\n")),
                replyRow(
                        "101 Switching Protocols",
                        "HttpStatusException 101, permanent",
                        "HTTP/1.1 101 " + echo + "\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
                replyRow("HTML with 200", MALFORMED, reply("200", "<html><title>Log in</title>" + echo + "</html>")),
                replyRow("JSON with 200", MALFORMED, reply("200", "{\"balance\": \"" + echo + "\"}")),
                replyRow("nothing with 200", MALFORMED, reply("200", "")),
                replyRow(
                        "a wrong secret, echoed",
                        "ApiErrorException " + api.wrongSecretCode() + ", permanent",
                        reply(api.wrongSecret("Authentication failed for " + echo))),
                replyRow(
                        "a transient error",
                        "ApiErrorException " + api.transientErrorCode() + ", transient",
                        reply(api.transientError(echo))),
                replyRow(
                        "100 MB of Content-Length, then silence",
                        TIMED_OUT,
                        head + "Content-Length: 104857600\r\n\r\n" + echo),
                row(
                        "100 MB of Content-Length",
                        MALFORMED,
                        peer -> peer.readRequest()
                                .write(head + "Content-Length: 104857600\r\n\r\n")
                                .flood(echo)),
                row(
                        "endless chunks",
                        MALFORMED,
                        peer -> peer.readRequest().write(head + CHUNKED).flood("400\r\n" + "x".repeat(1024) + "\r\n")),
                row(
                        "an endless body until close",
                        MALFORMED,
                        peer -> peer.readRequest().write(head + UNTIL_CLOSE).flood(echo)),
                replyRow(
                        "gzip that was not requested",
                        MALFORMED,
                        reply("200 OK\r\nContent-Encoding: gzip", gzip(body))),
                replyRow("a gzip bomb", MALFORMED, reply("200 OK\r\nContent-Encoding: gzip", GZIP_BOMB)),
                replyRow("a bad chunk size", NOT_HTTP, head + CHUNKED + echo + "\r\n" + body + "\r\n"),
                replyRow("a negative chunk size", NOT_HTTP, head + CHUNKED + "-5\r\n" + body + "\r\n"),
                replyRow("a negative length", NOT_HTTP, head + "Content-Length: -1\r\n\r\n" + body),
                replyRow("a length that is no number", NOT_HTTP, head + "Content-Length: " + echo + "\r\n\r\n" + body),
                replyRow(
                        "two lengths",
                        NOT_HTTP,
                        head + "Content-Length: " + body.length() + "\r\nContent-Length: 13\r\n\r\n" + body),
                replyRow("a giant header", NOT_HTTP, head + "X-Giant: " + echo.repeat(10_000) + "\r\n" + length + body),
                row(
                        "endless headers",
                        NOT_HTTP,
                        peer -> peer.readRequest().write(head).flood(headers)),
                row(
                        "endless trailers",
                        NOT_HTTP,
                        peer -> peer.readRequest()
                                .write(head + CHUNKED + "0\r\n")
                                .flood(headers)),
                row(
                        "an endless status line",
                        NOT_HTTP,
                        peer -> peer.readRequest().write("HTTP/1.1 200 ").flood(echo)),
                replyRow("a status that is no number", NOT_HTTP, "HTTP/1.1 " + SECRET + " OK\r\n\r\n"),
                replyRow("an unknown version", NOT_HTTP, "HTTP/" + SECRET + " 200 OK\r\n\r\n"),
                replyRow("SSH", NOT_HTTP, "SSH-2.0-" + SECRET + "\r\n\r\n"),
                replyRow("SMTP", NOT_HTTP, "220 " + echo + " ESMTP\r\n\r\n"),
                replyRow("bytes", NOT_HTTP, "\u0000\u0001\u00ff" + echo + "\r\n\r\n"));
    }

    private List<Row> redirects() {
        List<Row> rows = new ArrayList<>();
        for (int status : new int[] {301, 302, 303, 307, 308}) {
            Map.of("the same origin", "/elsewhere?" + SECRET, "another origin", elsewhere.url() + "/?" + SECRET)
                    .forEach((name, location) -> rows.add(replyRow(
                            status + " to " + name,
                            "HttpStatusException " + status + ", permanent",
                            reply(status + " " + echo + "\r\nLocation: " + location, echo))));
        }
        return rows;
    }

    private List<Row> statuses() {
        List<Row> rows = new ArrayList<>();
        for (int status : new int[] {400, 401, 402, 403, 404, 405, 407, 410, 413, 421}) {
            rows.add(replyRow(
                    status + "", "HttpStatusException " + status + ", permanent", reply(status + " " + echo, echo)));
        }
        for (int status : new int[] {408, 425, 429, 500, 501, 502, 503, 504, 520}) {
            rows.add(replyRow(
                    status + "", "HttpStatusException " + status + ", transient", reply(status + " " + echo, echo)));
        }
        rows.add(replyRow(
                "204", "HttpStatusException 204, permanent", "HTTP/1.1 204 " + echo + "\r\n" + headers + "\r\n"));
        rows.add(replyRow("204 with a body", "HttpStatusException 204, permanent", reply("204 " + echo, echo)));
        rows.add(retryAfter("seconds", SUCCESS + " after 7 s", "Retry-After: 7\r\n"));
        rows.add(retryAfter(
                "date",
                SUCCESS + " after 20 s",
                "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:57 GMT\r\n"));
        rows.add(retryAfter("past date", SUCCESS, "Retry-After: Sun, 06 Nov 1994 08:49:57 GMT\r\n"));
        rows.add(retryAfter("negative", SUCCESS, "Retry-After: -7\r\n"));
        rows.add(retryAfter("garbage", SUCCESS, "Retry-After: " + echo + "\r\n"));
        rows.add(retryAfter(
                "beyond the ceiling", "HttpStatusException 503, transient", "Retry-After: 99999999999999999999\r\n"));
        rows.add(retryAfter("twice", SUCCESS + " after 7 s", "Retry-After: 7\r\nRetry-After: 20\r\n"));
        return rows;
    }

    private List<Row> tls() {
        String alert = new String(HexFormat.of().parseHex("15030300020228"), ISO_8859_1);
        return List.of(
                row(
                                "a certificate of an unknown issuer",
                                UNTRUSTED,
                                Wire.TLS,
                                wire -> FaultServer.startTls(TestCertificate.OF_UNKNOWN_ISSUER, FaultServer.says(ok)))
                        .withoutRequest(),
                row(
                                "a certificate of another host",
                                UNTRUSTED,
                                Wire.TLS,
                                wire -> FaultServer.startTls(TestCertificate.OF_OTHER_HOST, FaultServer.says(ok)))
                        .withoutRequest(),
                row(
                                "an expired certificate",
                                UNTRUSTED,
                                Wire.TLS,
                                wire -> FaultServer.startTls(TestCertificate.EXPIRED, FaultServer.says(ok)))
                        .withoutRequest(),
                row(
                                "handshake, then an alert",
                                UNTRUSTED,
                                Wire.TLS,
                                wire -> FaultServer.startBelowTls(
                                        peer -> peer.readBytes().write(alert).silence()))
                        .withoutRequest(),
                row(
                                "plain HTTP on the port",
                                UNTRUSTED,
                                Wire.TLS,
                                wire -> FaultServer.startBelowTls(peer -> peer.readBytes()
                                        .write(reply("400 " + echo, echo))
                                        .silence()))
                        .withoutRequest(),
                row(
                        "the request, then plain HTTP",
                        UNTRUSTED,
                        Wire.TLS,
                        wire -> FaultServer.startTls(
                                TestCertificate.GOOD,
                                peer -> peer.readRequest()
                                        .withoutTls()
                                        .write(reply("200 " + echo, echo))
                                        .silence())),
                row(
                                "handshake, then silence",
                                "TransportException, transient: The TLS handshake did not end within its time limit",
                                Wire.TLS,
                                wire -> FaultServer.startBelowTls(Peer::silence))
                        .withoutRequest(),
                row("accept, then FIN", BROKEN_ANY_MESSAGE, Wire.TLS, wire -> FaultServer.startBelowTls(Peer::close))
                        .withoutRequest(),
                row("accept, then RST", BROKEN_ANY_MESSAGE, Wire.TLS, wire -> FaultServer.startBelowTls(Peer::reset))
                        .withoutRequest(),
                row(
                                "handshake, then FIN",
                                BROKEN_ANY_MESSAGE,
                                Wire.TLS,
                                wire -> FaultServer.startBelowTls(
                                        peer -> peer.readBytes().close()))
                        .withoutRequest(),
                row(
                                "handshake, then RST",
                                BROKEN_ANY_MESSAGE,
                                Wire.TLS,
                                wire -> FaultServer.startBelowTls(
                                        peer -> peer.readBytes().reset()))
                        .withoutRequest());
    }

    private static String hex(String text) {
        return Integer.toHexString(text.length());
    }

    private String reply(Protocol.Reply reply) {
        return reply(reply.status() + " " + echo, reply.body());
    }

    private String reply(String status, String body) {
        return FaultServer.reply(status, body).replaceFirst("\r\n", "\r\n" + headers.replace("$", "\\$"));
    }

    private static String gzip(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toString(ISO_8859_1);
    }
}
