package io.github.clickatellbalance.examples.benchmarks.soak;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.clickatellbalance.examples.benchmarks.soak.Gateway.Peer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.zip.GZIPOutputStream;

/**
 * The faults of {@code reactor-adapter/FAULTS.md}: one of them in each exchange, or another one in each. Without a {@code
 * Retry-After} beyond the ceiling: after that, a fleet pauses for five minutes.
 */
final class Faults {
    /** A step of a connection. The loop of the connection ends when it throws. */
    interface Script {
        void run(Peer peer) throws IOException;
    }

    /** @param name empty if nothing is wrong */
    record Fault(String name, Point point, Script script) {
        boolean isOne() {
            return !name.isEmpty();
        }
    }

    private enum Point {
        ACCEPT,
        /** Before the handshake. */
        TLS,
        REQUEST,
        /** After a request over TLS. */
        TLS_REQUEST
    }

    private static final String OK = "HTTP/1.1 200 OK\r\n";
    private static final String CHUNKED = OK + "Transfer-Encoding: chunked\r\n\r\n";
    private static final String FIELD = "X-Field: a value of some length, as servers send it\r\n";
    private static final String LONG = "more and more ".repeat(100);
    private static final String GZIP_BOMB = gzip(" ".repeat(20_000_000));
    private static final Duration SLOW = Duration.ofMillis(20);

    private static final Fault ACCEPTED = new Fault("", Point.ACCEPT, peer -> {});

    static final Fault NONE = new Fault("", Point.REQUEST, peer -> peer.write(balance(peer)));

    private final List<Fault> atAccept;
    private final List<Fault> atTls;
    private final List<Fault> atRequest;
    private final List<Fault> atTlsRequest;
    private final double share;

    private Faults(List<Fault> faults, double share) {
        this.atAccept = at(faults, EnumSet.of(Point.ACCEPT));
        this.atTls = at(faults, EnumSet.of(Point.ACCEPT, Point.TLS));
        this.atRequest = at(faults, EnumSet.of(Point.REQUEST));
        this.atTlsRequest = at(faults, EnumSet.of(Point.REQUEST, Point.TLS_REQUEST));
        this.share = share;
    }

    private static List<Fault> at(List<Fault> faults, Set<Point> points) {
        return faults.stream().filter(fault -> points.contains(fault.point)).toList();
    }

    /** This fault in each exchange. */
    static Faults always(Fault fault) {
        return new Faults(List.of(fault), 1);
    }

    /** Any fault, in this share of the exchanges. */
    static Faults mixed(List<Fault> faults, double share) {
        return new Faults(faults, share);
    }

    /** The fault of a new connection. */
    Fault atAccept(Random random, boolean isTls) {
        // Most connections of a mixture get as far as a request.
        return draw(isTls ? atTls : atAccept, atRequest.isEmpty() ? share : share / 4, random, ACCEPTED);
    }

    Fault atRequest(Random random, boolean isTls) {
        return draw(isTls ? atTlsRequest : atRequest, share, random, NONE);
    }

    private static Fault draw(List<Fault> possible, double share, Random random, Fault otherwise) {
        return possible.isEmpty() || random.nextDouble() >= share
                ? otherwise
                : possible.get(random.nextInt(possible.size()));
    }

    // The table

    static List<Fault> all(Certificates certificates) {
        List<Fault> all = new ArrayList<>();
        connections(all);
        incomplete(all);
        replies(all);
        malformed(all);
        statuses(all);
        tls(all, certificates);
        all.sort(Comparator.comparing(Fault::name)); // Map.of has another order in each JVM
        return all;
    }

    private static void add(List<Fault> all, String name, Script script) {
        all.add(new Fault(name, Point.REQUEST, script));
    }

    private static void connections(List<Fault> all) {
        all.add(new Fault("accept, then FIN", Point.ACCEPT, Peer::close));
        all.add(new Fault("accept, then RST", Point.ACCEPT, Peer::reset));
        all.add(new Fault("accept, then silence", Point.ACCEPT, Peer::silence));
    }

    /** The connection ends or stalls at each point of a reply. */
    private static void incomplete(List<Fault> all) {
        String half = "Credits: 1";
        Map<String, String> starts = Map.of(
                "the request", "",
                "half a status line", "HTTP/1.",
                "half the headers", OK + "Content-Le",
                "the headers", OK + "Content-Length: 17\r\n\r\n",
                "half a body with its length", OK + "Content-Length: 17\r\n\r\n" + half,
                "half a body in chunks", CHUNKED + chunk(half),
                "half a chunk", CHUNKED + "11\r\n" + half);
        starts.forEach((name, start) -> {
            add(all, name + ", then FIN", peer -> peer.write(start).close());
            add(all, name + ", then RST", peer -> peer.write(start).reset());
            add(all, name + ", then silence", peer -> peer.write(start).silence());
        });
        add(
                all,
                "half a body until close, then RST",
                peer -> peer.write(OK + "\r\n" + half).reset());
        add(
                all,
                "half a body until close, then silence",
                peer -> peer.write(OK + "\r\n" + half).silence());
        add(all, "a head that drips past the deadline", peer -> peer.write(OK).drip(FIELD.repeat(20), SLOW));
        add(
                all,
                "a body that drips past the deadline",
                peer -> peer.write(OK + "Content-Length: 8000\r\n\r\n").drip(" ".repeat(8000), SLOW));
    }

    /** Each of them has a balance in the end. */
    private static void replies(List<Fault> all) {
        add(all, "one byte in a packet", peer -> peer.drip(balance(peer), Duration.ofMillis(1)));
        add(
                all,
                "HTTP/1.0, a body until close",
                peer -> peer.write("HTTP/1.0 200 OK\r\n\r\n" + peer.balance()).close());
        add(all, "surplus bytes", peer -> peer.write(balance(peer) + "surplus"));
        add(all, "a surplus line", peer -> peer.write(balance(peer) + "surplus\r\n\r\n"));
        add(all, "a surplus reply", peer -> peer.write(balance(peer) + reply("200 OK", "Credits: -99.00 ")));
        add(all, "chunk extensions and trailers", peer -> {
            String body = peer.balance();
            peer.write(CHUNKED + Integer.toHexString(body.length()) + ";x=\"y\"\r\n" + body + "\r\n0\r\n" + FIELD
                    + "\r\n");
        });
        add(all, "100 Continue first", peer -> peer.write("HTTP/1.1 100 Continue\r\n\r\n" + balance(peer)));
        add(
                all,
                "102 Processing first",
                peer -> peer.write("HTTP/1.1 102 Processing\r\n" + FIELD + "\r\n" + balance(peer)));
        add(
                all,
                "103 Early Hints first, twice",
                peer -> peer.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(2) + balance(peer)));
    }

    private static void malformed(List<Fault> all) {
        add(all, "endless 103 Early Hints", peer -> peer.flood("HTTP/1.1 103 Early Hints\r\n" + FIELD + "\r\n"));
        add(
                all,
                "100 MB of Content-Length",
                peer -> peer.write(OK + "Content-Length: 104857600\r\n\r\n").flood(LONG));
        add(
                all,
                "100 MB of Content-Length, then silence",
                peer -> peer.write(OK + "Content-Length: 104857600\r\n\r\n").silence());
        add(all, "endless chunks", peer -> peer.write(CHUNKED).flood(chunk(LONG)));
        add(all, "an endless body until close", peer -> peer.write(OK + "\r\n").flood(LONG));
        add(all, "endless headers", peer -> peer.write(OK).flood(FIELD));
        add(all, "endless trailers", peer -> peer.write(CHUNKED + "0\r\n").flood(FIELD));
        add(all, "an endless status line", peer -> peer.write("HTTP/1.1 200 ").flood(LONG));
        say(
                all,
                "a length and chunks",
                OK + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
        say(all, "HTML with 200", reply("200 OK", "<html><title>Log in</title></html>"));
        say(all, "JSON with 200", reply("200 OK", "{\"balance\": 5}"));
        say(all, "nothing with 200", reply("200 OK", ""));
        say(all, "wrong credentials", reply("200 OK", "ERR: 001, Authentication failed"));
        say(all, "a transient error", reply("200 OK", "ERR: 901, Internal error"));
        say(all, "gzip that was not requested", reply("200 OK\r\nContent-Encoding: gzip", gzip("Credits: 1.00 ")));
        say(all, "a gzip bomb", reply("200 OK\r\nContent-Encoding: gzip", GZIP_BOMB));
        say(all, "a bad chunk size", CHUNKED + "xyz\r\nabc\r\n");
        say(all, "a negative chunk size", CHUNKED + "-5\r\nabc\r\n");
        say(all, "a negative length", OK + "Content-Length: -1\r\n\r\nabc");
        say(all, "a length that is no number", OK + "Content-Length: many\r\n\r\nabc");
        say(all, "two lengths", OK + "Content-Length: 12\r\nContent-Length: 13\r\n\r\nabc");
        say(all, "a giant header", OK + "X-Giant: " + LONG.repeat(50) + "\r\n\r\n");
        say(all, "a status that is no number", "HTTP/1.1 OK OK\r\n\r\n");
        say(all, "an unknown version", "HTTP/x.y 200 OK\r\n\r\n");
        say(all, "SSH", "SSH-2.0-server\r\n\r\n");
        say(all, "SMTP", "220 mail ESMTP\r\n\r\n");
        say(all, "bytes", "\u0000\u0001\u00ff\r\n\r\n");
    }

    private static void statuses(List<Fault> all) {
        say(all, "101 Switching Protocols", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n");
        for (int status : new int[] {301, 302, 303, 307, 308}) {
            say(all, status + " to the same origin", reply(status + " Moved\r\nLocation: /elsewhere", "moved"));
            say(all, status + " to another origin", reply(status + " Moved\r\nLocation: http://127.0.0.2:1/", "moved"));
        }
        for (int status : new int[] {400, 401, 402, 403, 404, 405, 407, 410, 413, 421}) {
            say(all, status + "", reply(status + " Refused", "refused"));
        }
        for (int status : new int[] {408, 425, 429, 500, 501, 502, 503, 504, 520}) {
            say(all, status + "", reply(status + " Failed", "failed"));
        }
        say(all, "204", "HTTP/1.1 204 No Content\r\n\r\n");
        say(all, "204 with a body", reply("204 No Content", "content"));
        for (String field : List.of(
                "2",
                "-7",
                "soon",
                "Sun, 06 Nov 1994 08:49:38 GMT\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT",
                "Sun, 06 Nov 1994 08:49:37 GMT",
                "1\r\nRetry-After: 2")) {
            say(all, "503 and Retry-After: " + field, reply("503 Unavailable\r\nRetry-After: " + field, ""));
        }
    }

    private static void tls(List<Fault> all, Certificates certificates) {
        String alert = new String(HexFormat.of().parseHex("15030300020228"), ISO_8859_1);
        Map<String, Script> scripts = Map.of(
                "a certificate of another host",
                peer -> peer.startTls(certificates.ofOtherHost()),
                "a certificate of an unknown issuer",
                peer -> peer.startTls(certificates.ofUnknownIssuer()),
                "handshake, then an alert",
                peer -> peer.readBytes().write(alert).silence(),
                "plain HTTP on the port of TLS",
                peer -> peer.readBytes().write(reply("400 Bad Request", "")).silence(),
                "handshake, then silence",
                Peer::silence,
                "handshake, then FIN",
                peer -> peer.readBytes().close(),
                "handshake, then RST",
                peer -> peer.readBytes().reset());
        scripts.forEach((name, script) -> all.add(new Fault(name, Point.TLS, script)));
        all.add(new Fault(
                "half a body until close, then FIN without TLS's close_notify",
                Point.TLS_REQUEST,
                peer -> peer.write(OK + "\r\nCredits: 1").cut()));
        all.add(new Fault(
                "the request, then plain HTTP",
                Point.TLS_REQUEST,
                peer -> peer.withoutTls()
                        .write(reply("200 OK", "Credits: 1.00 "))
                        .silence()));
    }

    // Replies

    private static void say(List<Fault> all, String name, String reply) {
        add(all, name, peer -> peer.write(reply));
    }

    private static String balance(Peer peer) {
        return reply("200 OK", peer.balance());
    }

    private static String reply(String status, String body) {
        return "HTTP/1.1 " + status + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private static String chunk(String text) {
        return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
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
