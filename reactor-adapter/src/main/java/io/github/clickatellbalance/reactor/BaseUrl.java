package io.github.clickatellbalance.reactor;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;

/** Checks base URLs. The message about a URL with user info or a query does not show them: they may contain a secret. */
final class BaseUrl {
    private static final int MAX_PORT = 65535;

    private BaseUrl() {}

    /** The URL without slashes at its end. */
    static URI parse(String url) {
        if (url.contains("@")) {
            throw new IllegalArgumentException(
                    "baseUrl must not contain user info (give credentials by Credentials.of); it is not shown here");
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

    static boolean isPlainTextToOtherHost(URI baseUrl) {
        return "http".equalsIgnoreCase(baseUrl.getScheme()) && !isLoopback(baseUrl.getHost());
    }

    /** Without DNS: the name that RFC 6761 reserves, or an address. */
    private static boolean isLoopback(String host) {
        InetAddress address = NetUtil.createInetAddressFromIpAddressString(host.replaceAll("[\\[\\]]", ""));
        return address == null ? host.equalsIgnoreCase("localhost") : address.isLoopbackAddress();
    }
}
