package io.github.clickatellbalance.reactor;

import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** What a TLS server may show, made anew for each run. This JVM trusts the authority of all but one. */
final class TestCertificate {
    private static final char[] STORE_PASSWORD = "changeit".toCharArray();
    private static final X500Name AUTHORITY = new X500Name("CN=Authority");
    private static final KeyPair TRUSTED = keys();
    private static final Duration DAY = Duration.ofDays(1);

    static final TestCertificate GOOD = new TestCertificate(TRUSTED, "127.0.0.1", DAY);
    static final TestCertificate OF_UNKNOWN_ISSUER = new TestCertificate(keys(), "127.0.0.1", DAY);
    static final TestCertificate OF_OTHER_HOST = new TestCertificate(TRUSTED, "127.0.0.2", DAY);
    static final TestCertificate EXPIRED = new TestCertificate(TRUSTED, "127.0.0.1", DAY.negated());

    static {
        trust(certificate(TRUSTED, Extension.basicConstraints, new BasicConstraints(true), TRUSTED, DAY));
    }

    private final SSLContext context;

    private TestCertificate(KeyPair authority, String address, Duration validity) {
        KeyPair keys = keys();
        GeneralNames names = new GeneralNames(new GeneralName(GeneralName.iPAddress, address));
        X509Certificate certificate = certificate(keys, Extension.subjectAlternativeName, names, authority, validity);
        try {
            KeyStore store = emptyStore();
            store.setKeyEntry("server", keys.getPrivate(), STORE_PASSWORD, new X509Certificate[] {certificate});
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(store, STORE_PASSWORD);
            context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), null, null);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** For a server that shows this certificate. */
    SSLContext context() {
        return context;
    }

    private static KeyPair keys() {
        try {
            return KeyPairGenerator.getInstance("EC").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyStore emptyStore() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static X509Certificate certificate(
            KeyPair keys, ASN1ObjectIdentifier extension, ASN1Encodable value, KeyPair authority, Duration validity) {
        Instant end = Instant.now().plus(validity);
        try {
            return new JcaX509CertificateConverter()
                    .getCertificate(new JcaX509v3CertificateBuilder(
                                    AUTHORITY,
                                    BigInteger.valueOf(System.nanoTime()),
                                    Date.from(end.minus(Duration.ofDays(10))),
                                    Date.from(end),
                                    keys == authority ? AUTHORITY : new X500Name("CN=Gateway"),
                                    keys.getPublic())
                            .addExtension(extension, true, value)
                            .build(new JcaContentSignerBuilder("SHA256withECDSA").build(authority.getPrivate())));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** The JDK reads its trust store anew for each TLS context that is made without one. */
    private static void trust(X509Certificate authority) {
        try {
            Path file = Files.createTempFile("trust", ".p12");
            file.toFile().deleteOnExit();
            KeyStore store = emptyStore();
            store.setCertificateEntry("authority", authority);
            try (OutputStream out = Files.newOutputStream(file)) {
                store.store(out, STORE_PASSWORD);
            }
            System.setProperty("javax.net.ssl.trustStorePassword", new String(STORE_PASSWORD));
            System.setProperty("javax.net.ssl.trustStore", file.toString());
            // The first reader of a new store races with the JDK's cache of the old one: let it be this thread.
            TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm())
                    .init((KeyStore) null);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
