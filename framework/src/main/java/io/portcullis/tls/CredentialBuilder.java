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
 * The methods of {@link TlsProfileBuilder} that configure a profile's own certificates and its trust.
 *
 * @param <B> the type of the builder
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

    /** Returns whether trust was configured, other than pins and revocation. */
    boolean hasTrust() {
        return !trusted.isEmpty() || trustManager != null || !pinnedPeers.isEmpty();
    }

    /** Returns whether additional rules for trusted peers were configured. */
    boolean hasTrustRules() {
        return !pins.isEmpty() || !crls.isEmpty() || revocation != Revocation.OFF;
    }

    /** Returns the sources configured so far. */
    CredentialSources sources() {
        return new CredentialSources(credentials, trusted, crls, files);
    }

    /** Returns the trust settings, before any file is read. */
    PeerTrust peerTrust() {
        long kinds = Stream.of(!trusted.isEmpty(), !pinnedPeers.isEmpty(), trustManager != null)
                .filter(Boolean::booleanValue)
                .count();
        if (kinds > 1) {
            throw Refusal.of("trustManager(), trustPinned() and trust() replace each other;"
                    + " omit all but one of them (pins() requires pins in addition to trust())");
        }
        boolean replaced = trustManager != null || !pinnedPeers.isEmpty();
        if (replaced && (!crls.isEmpty() || revocation != Revocation.OFF)) {
            throw Refusal.of(
                    "crls() and revocation() can be combined with trust() or the JDK's default trust only; a trust"
                            + " manager of your own checks revocation by itself, and a pin that is no longer trusted is"
                            + " removed");
        }
        return new PeerTrust(List.of(), List.of(), trustManager, Pins.of(pinnedPeers), Pins.of(pins), revocation);
    }

    /**
     * Adds a certificate with its private key. The key may be in PKCS#8, PKCS#1 (RSA) or SEC1 (EC) format, of type RSA,
     * RSASSA-PSS, EC or Ed25519. Certificate and key may be in the same file, which is then passed twice.
     *
     * <p>A server with several certificates selects one by the name that the client requests (SNI). An exact name takes
     * precedence over a wildcard, which stands for one label; both are taken from the subjectAltName. Of the
     * certificates for the name, the first is presented whose signatures the client can verify (RFC 8446, 4.2.3). If
     * the client requests no name, or an unknown one, the first certificate is presented that it can verify; see also
     * {@link TlsProfileBuilder#refuseUnknownServerNames()}.
     *
     * @param chainPem the PEM file with the certificate, followed by the certificates of the authorities that signed it
     * @param keyPem the PEM file with its private key
     * @return this builder
     */
    public B certificate(Path chainPem, Path keyPem) {
        return addFiles(chainPem, keyPem).addPem(() -> Pem.read(chainPem), () -> Pem.read(keyPem), null);
    }

    /**
     * Adds a certificate whose private key is encrypted (PKCS#8, "ENCRYPTED PRIVATE KEY").
     *
     * @param chainPem the PEM file with the certificate, followed by the certificates of the authorities that signed it
     * @param keyPem the PEM file with its private key
     * @param password the password of the key; copied
     * @return this builder
     */
    public B certificate(Path chainPem, Path keyPem, char[] password) {
        return addFiles(chainPem, keyPem).addPem(() -> Pem.read(chainPem), () -> Pem.read(keyPem), password);
    }

    /**
     * Adds a certificate with its private key from PEM texts; otherwise like {@link #certificate(Path, Path)}.
     *
     * @param chain the certificate, followed by the certificates of the authorities that signed it
     * @param key its private key
     * @return this builder
     */
    public B certificatePem(String chain, String key) {
        return addPem(() -> Pem.parse(CHAIN_TEXT, chain), () -> Pem.parse(KEY_TEXT, key), null);
    }

    /**
     * Adds a certificate with its encrypted private key from PEM texts.
     *
     * @param chain the certificate, followed by the certificates of the authorities that signed it
     * @param key its private key
     * @param password the password of the key; copied
     * @return this builder
     */
    public B certificatePem(String chain, String key, char[] password) {
        return addPem(() -> Pem.parse(CHAIN_TEXT, chain), () -> Pem.parse(KEY_TEXT, key), password);
    }

    /**
     * Adds a certificate with its private key. The key may be stored in hardware; handshake tasks are then assumed to
     * block: see {@link TlsProfileBuilder#tasksMayBlock(boolean)}.
     *
     * @param key the private key
     * @param chain its certificate, followed by the certificates of the authorities that signed it
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
     * Adds every certificate that has a private key in a PKCS12 file.
     *
     * @param pkcs12 the file
     * @param password the password of the file and of the keys in it; copied
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
     * Trusts certificate authorities, instead of those that the JDK trusts. A server accepts clients, and a client
     * accepts servers, whose certificates they have signed.
     *
     * @param pemBundle a PEM file with one or more certificates
     * @return this builder
     */
    public B trust(Path pemBundle) {
        Objects.requireNonNull(pemBundle, "pemBundle");
        files.add(pemBundle);
        trusted.add(() -> certificates(Pem.read(pemBundle)));
        return self();
    }

    /**
     * Trusts certificate authorities from a PEM text; otherwise like {@link #trust(Path)}.
     *
     * @param bundle one or more certificates
     * @return this builder
     */
    public B trustPem(String bundle) {
        Objects.requireNonNull(bundle, "bundle");
        trusted.add(() -> certificates(Pem.parse("the PEM text to trust", bundle)));
        return self();
    }

    /**
     * Trusts certificate authorities; otherwise like {@link #trust(Path)}.
     *
     * @param certificates one or more certificates
     * @return this builder
     */
    public B trust(X509Certificate... certificates) {
        List<X509Certificate> copy = List.of(certificates);
        trusted.add(() -> {
            if (copy.isEmpty()) {
                throw Refusal.of(
                        "trust() was given no certificate; omit it to trust the authorities that the JDK trusts");
            }
            return copy;
        });
        return self();
    }

    /**
     * Trusts the trusted certificates of a PKCS12 file; otherwise like {@link #trust(Path)}.
     *
     * @param pkcs12 the file
     * @param password the password of the file; copied
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
     * Verifies the certificates of peers by a trust manager, instead of by trusted certificates. If it throws an
     * exception, including a {@link RuntimeException}, the handshake fails
     * ({@link HandshakeFailure#CLIENT_CERTIFICATE_UNTRUSTED}, {@link HandshakeFailure#SERVER_CERTIFICATE_REJECTED}).
     *
     * <p>The trust manager decides on the chain only. The framework still refuses expired certificates, verifies the
     * server's name unless {@link TlsProfileBuilder#disableHostnameVerification()} is set, and checks {@link #pins}.
     * The trust manager is called concurrently by the tasks of handshakes and may block: see
     * {@link TlsProfileBuilder#tasksMayBlock(boolean)}. It is not called when a session is resumed, since no
     * certificate is presented then; servers that share ticket keys should therefore use equal trust managers.
     *
     * @param manager the trust manager; an {@link javax.net.ssl.X509ExtendedTrustManager} is called with the engine
     * @return this builder
     */
    public B trustManager(X509TrustManager manager) {
        trustManager = Objects.requireNonNull(manager, "manager");
        return self();
    }

    /**
     * Trusts peers by their public key, instead of by trusted certificates: for self-signed certificates, for example.
     * The key of the peer's own certificate must match one of these pins; the issuer does not matter. The framework
     * still refuses expired certificates, and verifies the server's name unless
     * {@link TlsProfileBuilder#disableHostnameVerification()} is set.
     *
     * @param sha256OfKey pins in the form that {@link #pins} takes, at least one; {@link TlsProfileBuilder#build()}
     *     refuses other forms
     * @return this builder
     * @throws IllegalArgumentException if there is none: what the JDK trusts would be trusted instead
     */
    public B trustPinned(String... sha256OfKey) {
        requireAny("trustPinned() was given no pin", sha256OfKey);
        pinnedPeers.addAll(List.of(sha256OfKey));
        return self();
    }

    /**
     * Requires that the peer's chain contains a key with one of these pins, in addition to the normal verification. The
     * key may be the peer's own or that of an authority in its chain, including the trusted one; certificates that the
     * peer sends without being part of the chain are ignored. The failure message names the pins of the chain. Resumed
     * sessions are checked as well.
     *
     * <p>Specify at least two pins, one of them of a backup key: otherwise the loss of the key makes the peer
     * unreachable.
     *
     * @param sha256OfKey {@code sha256/} and the base64 encoding of the SHA-256 hash of the SubjectPublicKeyInfo, the
     *     form that OkHttp and curl use; {@link TlsProfile#pin} returns the pin of a certificate;
     *     {@link TlsProfileBuilder#build()} refuses other forms
     * @return this builder
     * @throws IllegalArgumentException if there is none
     */
    public B pins(String... sha256OfKey) {
        requireAny("pins() was given no pin", sha256OfKey);
        pins.addAll(List.of(sha256OfKey));
        return self();
    }

    /**
     * Checks the chains of peers against certificate revocation lists (CRLs; RFC 5280, 5), without network access. A
     * peer is refused if a certificate of its chain is revoked, and also if an authority of the chain, including the
     * trusted one, has no current CRL. {@link TlsProfile#reload()} rereads the files; if they have changed, earlier
     * sessions are not resumed.
     *
     * <p>In combination with {@link #revocation} a missing CRL is no reason to refuse a peer: the CRLs are an
     * additional source for the online check.
     *
     * @param files each contains one CRL in DER, or one or more in PEM
     * @return this builder
     * @throws IllegalArgumentException if there is none
     */
    public B crls(Path... files) {
        requireAny("crls() was given no file", files);
        for (Path file : files) {
            Objects.requireNonNull(file, "file");
            this.files.add(file);
            crls.add(() -> Refusal.guard("a CRL in " + file, () -> Crls.read(file)));
        }
        return self();
    }

    /**
     * Checks the revocation status of the peer's chain online in each handshake. The default is {@link Revocation#OFF}.
     * With any other value the tasks of handshakes block: {@link TlsProfile#tasksMayBlock()} returns true.
     *
     * @param rule whether to check, and what an undetermined status means
     * @return this builder
     */
    public B revocation(Revocation rule) {
        revocation = Objects.requireNonNull(rule, "rule");
        return self();
    }

    /** An empty list, out of a configuration perhaps, would silently switch off what was asked for. */
    static void requireAny(String otherwise, Object[] values) {
        if (values.length == 0) {
            throw Refusal.of(otherwise + ", and would change nothing; leave it out if that is meant");
        }
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
