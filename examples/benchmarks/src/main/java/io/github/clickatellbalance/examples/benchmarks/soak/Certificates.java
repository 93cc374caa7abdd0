package io.github.clickatellbalance.examples.benchmarks.soak;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * What a TLS server may show, made by the JDK's {@code keytool} for one run.
 *
 * @param good of 127.0.0.1; the clients trust it
 * @param ofOtherHost the clients trust it, but it is another host's
 * @param ofUnknownIssuer the clients do not trust it
 * @param trust of the clients
 */
record Certificates(SSLContext good, SSLContext ofOtherHost, SSLContext ofUnknownIssuer, TrustManagerFactory trust) {
    private static final String PASSWORD = "changeit";

    static Certificates create() throws IOException, GeneralSecurityException, InterruptedException {
        Path directory = Files.createTempDirectory("soak");
        try {
            KeyStore good = keys(directory.resolve("good.p12"), "127.0.0.1");
            KeyStore ofOtherHost = keys(directory.resolve("other.p12"), "127.0.0.2");
            KeyStore ofUnknownIssuer = keys(directory.resolve("unknown.p12"), "127.0.0.1");
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry("good", good.getCertificate("gateway"));
            trusted.setCertificateEntry("other", ofOtherHost.getCertificate("gateway"));
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            return new Certificates(context(good), context(ofOtherHost), context(ofUnknownIssuer), trust);
        } finally {
            try (Stream<Path> files = Files.list(directory)) {
                files.map(Path::toFile).forEach(File::delete);
            }
            Files.delete(directory);
        }
    }

    private static KeyStore keys(Path file, String address)
            throws IOException, GeneralSecurityException, InterruptedException {
        int exit = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "gateway",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=gateway",
                        "-ext",
                        "san=ip:" + address,
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        file.toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        if (exit != 0) {
            throw new IllegalStateException("keytool ended with " + exit);
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD.toCharArray());
        }
        return store;
    }

    private static SSLContext context(KeyStore store) throws GeneralSecurityException {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }
}
