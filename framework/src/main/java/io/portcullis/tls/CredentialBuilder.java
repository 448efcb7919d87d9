// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.engine.PeerTrust;
import io.portcullis.internal.keys.Credential;
import io.portcullis.internal.keys.CredentialCheck;
import io.portcullis.internal.keys.CredentialSources;
import io.portcullis.internal.keys.Crls;
import io.portcullis.internal.keys.KeyStores;
import io.portcullis.internal.keys.Pem;
import io.portcullis.internal.keys.Pins;
import io.portcullis.internal.keys.Refusal;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The words of a {@link TlsProfileBuilder} for what a profile presents, and whom it trusts.
 *
 * @param <B> the builder itself
 */
public abstract sealed class CredentialBuilder<B extends CredentialBuilder<B>> permits TlsProfileBuilder {
    private static final String CHAIN_TEXT = "the PEM text of the certificate";
    private static final String KEY_TEXT = "the PEM text of the key";

    private final List<Supplier<List<Credential>>> credentials = new ArrayList<>();
    private final List<Supplier<List<X509Certificate>>> trusted = new ArrayList<>();
    private final List<Supplier<List<X509CRL>>> crls = new ArrayList<>();
    private final List<Path> files = new ArrayList<>();
    private final List<String> pins = new ArrayList<>();
    private final List<String> pinnedPeers = new ArrayList<>();
    private @Nullable X509TrustManager trustManager;
    private Revocation revocation = Revocation.OFF;

    CredentialBuilder() {}

    abstract B self();

    boolean hasCredentials() {
        return !credentials.isEmpty();
    }

    /** Whether something was said of whom to trust. */
    boolean hasTrust() {
        return !trusted.isEmpty() || trustManager != null || !pinnedPeers.isEmpty();
    }

    /** Whether something was said of peers that are trusted. */
    boolean hasTrustRules() {
        return !pins.isEmpty() || !crls.isEmpty() || revocation != Revocation.OFF;
    }

    /** What was named until now. */
    CredentialSources sources() {
        return new CredentialSources(credentials, trusted, crls, files);
    }

    /** Whom to trust, before anything is read. */
    PeerTrust peerTrust() {
        long said = Stream.of(!trusted.isEmpty(), !pinnedPeers.isEmpty(), trustManager != null)
                .filter(Boolean::booleanValue)
                .count();
        if (said > 1) {
            throw Refusal.of("trustManager(), trustPinned() and trust() each say whom to trust, in place of the others;"
                    + " leave all but one of them out (pins() demands pins in addition to trust())");
        }
        boolean replaced = trustManager != null || !pinnedPeers.isEmpty();
        if (replaced && (!crls.isEmpty() || revocation != Revocation.OFF)) {
            throw Refusal.of("crls() and revocation() go with trust() or with what the JDK trusts; a trust manager of"
                    + " your own checks by itself what was revoked, and a pin that is not to be trusted any more is"
                    + " left out");
        }
        return new PeerTrust(List.of(), List.of(), trustManager, Pins.of(pinnedPeers), Pins.of(pins), revocation);
    }

    /**
     * Presents a certificate. The key may be in PKCS#8, PKCS#1 (RSA) or SEC1 (EC) form, of type RSA, RSASSA-PSS, EC or
     * Ed25519; both may be in one file, which is then named twice.
     *
     * <p>With several certificates, a server presents the one whose name the client asks for (SNI): an exact name
     * before a wildcard, which stands for one label, both out of the subjectAltName; of those, one whose signatures the
     * client can verify (RFC 8446, 4.2.3). A client that asks for no name, or an unknown one, gets the first that it
     * can verify; but see {@link TlsProfileBuilder#refuseUnknownServerNames()}.
     *
     * @param chainPem the PEM file with the certificate, followed by the authorities that signed it
     * @param keyPem the PEM file with its private key
     * @return this builder
     */
    public B certificate(Path chainPem, Path keyPem) {
        return addFiles(chainPem, keyPem).addPem(() -> Pem.read(chainPem), () -> Pem.read(keyPem), null);
    }

    /**
     * Presents a certificate whose key is encrypted (PKCS#8, "ENCRYPTED PRIVATE KEY").
     *
     * @param chainPem the PEM file with the certificate, followed by the authorities that signed it
     * @param keyPem the PEM file with its private key
     * @param password opens the key
     * @return this builder
     */
    public B certificate(Path chainPem, Path keyPem, char[] password) {
        return addFiles(chainPem, keyPem).addPem(() -> Pem.read(chainPem), () -> Pem.read(keyPem), password);
    }

    /**
     * Presents a certificate out of PEM texts, as {@link #certificate(Path, Path)} does out of files.
     *
     * @param chain the certificate, followed by the authorities that signed it
     * @param key its private key
     * @return this builder
     */
    public B certificatePem(String chain, String key) {
        return addPem(() -> Pem.parse(CHAIN_TEXT, chain), () -> Pem.parse(KEY_TEXT, key), null);
    }

    /**
     * Presents a certificate out of PEM texts, with an encrypted key.
     *
     * @param chain the certificate, followed by the authorities that signed it
     * @param key its private key
     * @param password opens the key
     * @return this builder
     */
    public B certificatePem(String chain, String key, char[] password) {
        return addPem(() -> Pem.parse(CHAIN_TEXT, chain), () -> Pem.parse(KEY_TEXT, key), password);
    }

    /**
     * Presents a certificate out of objects. The key may be one that stays in hardware; the tasks of handshakes are
     * then taken to wait for it: see {@link TlsProfileBuilder#tasksMayBlock(boolean)}.
     *
     * @param key the private key
     * @param chain its certificate, followed by the authorities that signed it
     * @return this builder
     */
    public B certificate(PrivateKey key, X509Certificate... chain) {
        Objects.requireNonNull(key, "key");
        List<X509Certificate> copy = List.of(chain);
        credentials.add(() -> {
            if (copy.isEmpty()) {
                throw Refusal.of("the certificate chain of the given key is empty; pass at least its own certificate");
            }
            return List.of(Refusal.guard(
                    "the given chain", () -> CredentialCheck.check(key, "the given key", copy, "the given chain")));
        });
        return self();
    }

    /**
     * Presents every certificate that a PKCS12 file has a private key for.
     *
     * @param pkcs12 the file
     * @param password opens the file and the keys in it
     * @return this builder
     */
    public B keyStore(Path pkcs12, char[] password) {
        Objects.requireNonNull(pkcs12, "pkcs12");
        char[] copy = password.clone();
        files.add(pkcs12);
        credentials.add(() -> Refusal.guard(pkcs12.toString(), () -> KeyStores.credentials(pkcs12, copy)));
        return self();
    }

    /**
     * Trusts certificates: a server those of its clients that are signed by them, a client those of servers, instead of
     * what the JDK trusts.
     *
     * @param pemBundle a PEM file with one certificate or more
     * @return this builder
     */
    public B trust(Path pemBundle) {
        Objects.requireNonNull(pemBundle, "pemBundle");
        files.add(pemBundle);
        trusted.add(() -> certificates(Pem.read(pemBundle)));
        return self();
    }

    /**
     * Trusts certificates out of a PEM text, as {@link #trust(Path)} does.
     *
     * @param bundle one certificate or more
     * @return this builder
     */
    public B trustPem(String bundle) {
        Objects.requireNonNull(bundle, "bundle");
        trusted.add(() -> certificates(Pem.parse("the PEM text to trust", bundle)));
        return self();
    }

    /**
     * Trusts certificates, as {@link #trust(Path)} does.
     *
     * @param certificates one or more
     * @return this builder
     */
    public B trust(X509Certificate... certificates) {
        List<X509Certificate> copy = List.of(certificates);
        trusted.add(() -> {
            if (copy.isEmpty()) {
                throw Refusal.of("trust() was given no certificate; leave it out to trust what the JDK trusts");
            }
            return copy;
        });
        return self();
    }

    /**
     * Trusts the trusted certificates of a PKCS12 file, as {@link #trust(Path)} does.
     *
     * @param pkcs12 the file
     * @param password opens it
     * @return this builder
     */
    public B trustStore(Path pkcs12, char[] password) {
        Objects.requireNonNull(pkcs12, "pkcs12");
        char[] copy = password.clone();
        files.add(pkcs12);
        trusted.add(() -> Refusal.guard(pkcs12.toString(), () -> KeyStores.trusted(pkcs12, copy)));
        return self();
    }

    /**
     * Has a trust manager judge the certificates of peers, in place of certificates to trust: a server's those of its
     * clients, a client's those of servers. Whatever it throws, a {@link RuntimeException} too, refuses the peer
     * ({@link HandshakeFailure#CLIENT_CERTIFICATE_UNTRUSTED}, {@link HandshakeFailure#SERVER_CERTIFICATE_REJECTED}).
     *
     * <p>It decides about the chain, and about nothing else. Whatever it says, a certificate that has expired is
     * refused; a client verifies the server's name, unless {@link TlsProfileBuilder#disableHostnameVerification()} is
     * said; {@link #pins} hold. It is called by the tasks of handshakes, by several at once, and may block: see
     * {@link TlsProfileBuilder#tasksMayBlock(boolean)}. When a session is resumed no certificate is presented, and it
     * is not called.
     *
     * @param judge an {@link javax.net.ssl.X509ExtendedTrustManager} is called with the engine
     * @return this builder
     */
    public B trustManager(X509TrustManager judge) {
        trustManager = Objects.requireNonNull(judge, "judge");
        return self();
    }

    /**
     * Trusts peers by the key of their certificate, in place of certificates to trust: for those that have signed their
     * certificate themselves, for example. Whoever has signed it, the peer's own certificate must have one of these
     * pins; its dates count, and a client verifies the server's name, unless
     * {@link TlsProfileBuilder#disableHostnameVerification()} is said.
     *
     * @param sha256OfKey as {@link #pins} takes them
     * @return this builder
     * @throws IllegalArgumentException by {@link TlsProfileBuilder#build()}, if one is no pin
     */
    public B trustPinned(String... sha256OfKey) {
        pinnedPeers.addAll(List.of(sha256OfKey));
        return self();
    }

    /**
     * Accepts only peers whose chain has a key with one of these pins, in addition to all that is verified otherwise.
     * The key may be the peer's own, or that of an authority which has signed its chain, the trusted one included;
     * certificates that a peer has only put beside its chain do not count. The failure names the pins that the chain
     * has. A session that is resumed is held to the pins, too.
     *
     * <p>Give two pins at least, one of a key that is kept for the day on which the first is lost: otherwise its loss
     * locks everybody out.
     *
     * @param sha256OfKey {@code sha256/} and the base64 of the SHA-256 of the key (SubjectPublicKeyInfo), as OkHttp and
     *     curl take them; {@link TlsProfile#pin} returns that of a certificate
     * @return this builder
     * @throws IllegalArgumentException by {@link TlsProfileBuilder#build()}, if one is no pin
     */
    public B pins(String... sha256OfKey) {
        pins.addAll(List.of(sha256OfKey));
        return self();
    }

    /**
     * Refuses peers whose certificate, or an authority in whose chain, is in a list of revoked certificates (RFC 5280,
     * 5). Each authority in a peer's chain, the trusted one included, must have signed a list that is current: without
     * one nobody knows what was revoked, and the peer is refused. Nothing is asked of the network. The files are read
     * again by {@link TlsProfile#reload()}, as certificates are; sessions of before are then not resumed.
     *
     * <p>Together with {@link #revocation} the lists are what is looked into before anybody is asked.
     *
     * @param files each with one list in DER, or with one or several in PEM
     * @return this builder
     */
    public B crls(Path... files) {
        for (Path file : files) {
            Objects.requireNonNull(file, "file");
            this.files.add(file);
            crls.add(() -> Refusal.guard("a list of revoked certificates in " + file, () -> Crls.read(file)));
        }
        return self();
    }

    /**
     * Asks in each handshake, over the network, whether the certificates of the peer's chain were revoked. The default
     * is {@link Revocation#OFF}. The tasks of handshakes then block ({@link TlsProfile#tasksMayBlock()}).
     *
     * @param rule whether to ask, and what no reply means
     * @return this builder
     */
    public B revocation(Revocation rule) {
        revocation = Objects.requireNonNull(rule, "rule");
        return self();
    }

    private static List<X509Certificate> certificates(Pem pem) {
        return Refusal.guard("a certificate in " + pem.name(), pem::certificates);
    }

    private CredentialBuilder<B> addFiles(Path... read) {
        files.addAll(List.of(read));
        return this;
    }

    private B addPem(Supplier<Pem> chain, Supplier<Pem> key, char @Nullable [] password) {
        char @Nullable [] copy = password == null ? null : password.clone();
        credentials.add(() -> {
            Pem chainPem = chain.get();
            Pem keyPem = key.get();
            List<X509Certificate> certificates = certificates(chainPem);
            PrivateKey read = Refusal.guard("the key in " + keyPem.name(), () -> keyPem.privateKey(copy));
            return List.of(Refusal.guard(
                    "the certificate in " + chainPem.name(),
                    () -> CredentialCheck.check(read, keyPem.name(), certificates, chainPem.name())));
        });
        return self();
    }
}
