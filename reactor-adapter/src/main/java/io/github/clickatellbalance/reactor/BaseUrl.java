package io.github.clickatellbalance.reactor;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;

/** What may be a base URL. User info and a query are refused without being shown: they may hold a secret. */
final class BaseUrl {
    private static final int MAX_PORT = 65535;

    private BaseUrl() {}

    /** The URL without slashes at its end, so that a path can follow. */
    static URI parse(String url) {
        if (url.contains("@")) {
            throw new IllegalArgumentException(
                    "baseUrl must not contain user info (credentials belong into Credentials); it is not shown here");
        }
        URI uri;
        try {
            uri = new URI(url.replaceAll("/+$", ""));
        } catch (URISyntaxException e) {
            throw refused(url);
        }
        boolean isHttp = "https".equalsIgnoreCase(uri.getScheme()) || "http".equalsIgnoreCase(uri.getScheme());
        boolean isPlain = uri.getHost() != null && uri.getQuery() == null && uri.getFragment() == null;
        if (!isHttp || !isPlain || uri.getPort() > MAX_PORT) {
            throw refused(url);
        }
        return uri;
    }

    private static IllegalArgumentException refused(String url) {
        return new IllegalArgumentException(
                "baseUrl must be http(s)://host[:port][/path] without query or fragment, but was: "
                        + url.replaceAll("(?s)[?#].+", "?... (not shown here)"));
    }

    static boolean isReadableOnTheWay(URI baseUrl) {
        return "http".equalsIgnoreCase(baseUrl.getScheme()) && !isLoopback(baseUrl.getHost());
    }

    /** Decided without DNS: by the name that RFC 6761 reserves, or by the address itself. */
    private static boolean isLoopback(String host) {
        InetAddress address = NetUtil.createInetAddressFromIpAddressString(host.replaceAll("[\\[\\]]", ""));
        return address == null ? host.equalsIgnoreCase("localhost") : address.isLoopbackAddress();
    }
}
