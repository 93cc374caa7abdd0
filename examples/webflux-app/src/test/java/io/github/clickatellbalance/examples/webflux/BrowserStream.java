package io.github.clickatellbalance.examples.webflux;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** A stream of events, as a bare socket: a test can have thousands. */
final class BrowserStream {
    private final SocketChannel socket;
    private final StringBuilder read = new StringBuilder();
    private final ByteBuffer buffer = ByteBuffer.allocate(4096);

    private BrowserStream(SocketChannel socket) {
        this.socket = socket;
    }

    static BrowserStream open(int port) throws IOException {
        SocketChannel socket = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        String request = "GET /api/balance/stream HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
        socket.write(ByteBuffer.wrap(request.getBytes(US_ASCII)));
        return new BrowserStream(socket);
    }

    static List<BrowserStream> open(int port, int count) throws IOException {
        List<BrowserStream> streams = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            streams.add(open(port));
        }
        return streams;
    }

    void readUntil(String event) throws IOException {
        while (read.indexOf("event:" + event) < 0) {
            assertThat(readOnce()).isTrue();
        }
    }

    /** The names of all events, the last one last. */
    List<String> readToTheEnd() throws IOException {
        while (readOnce()) {
            // all of it
        }
        return read.toString()
                .lines()
                .filter(line -> line.startsWith("event:"))
                .map(line -> line.substring("event:".length()))
                .toList();
    }

    private boolean readOnce() throws IOException {
        int count = socket.read(buffer);
        read.append(US_ASCII.decode(buffer.flip()));
        buffer.clear();
        return count >= 0;
    }

    void close() throws IOException {
        socket.close();
    }

    void reset() throws IOException {
        socket.setOption(StandardSocketOptions.SO_LINGER, 0);
        socket.close();
    }
}
