// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link TlsProfile}. Begin with {@link TlsProfile#builder()}.
 *
 * <p>The words for certificates and for trust may be said several times, and add up. Files are read by {@link #build()},
 * which may be called again: it then reads them again, so a renewed certificate needs no new builder. Passwords are copied
 * when they are given, so that the caller can erase its own; the copies live as long as the builder does.
 *
 * <p>Not thread-safe.
 */
public final class TlsProfileBuilder {
    private static final String CHAIN_TEXT = "the PEM text of the certificate";
    private static final String KEY_TEXT = "the PEM text of the key";

    private final List<Supplier<List<Credential>>> credentials = new ArrayList<>();
    private final List<Supplier<List<X509Certificate>>> trusted = new ArrayList<>();
    private @Nullable SSLContext context;
    private CipherPolicy ciphers = CipherPolicy.SECURE;
    private List<String> applicationProtocols = List.of();
    private ClientAuth clientAuth = ClientAuth.NONE;
    private boolean refuseUnknownServerNames;
    private boolean verifyServerName = true;
    private @Nullable SessionCache sessionCache;
    private @Nullable Boolean tasksMayBlock;

    TlsProfileBuilder() {}

    /**
     * Presents a certificate. The key may be in PKCS#8, PKCS#1 (RSA) or SEC1 (EC) form, of type RSA, RSASSA-PSS, EC or
     * Ed25519; both may be in one file, which is then named twice.
     *
     * <p>With several certificates, a server presents the one whose name the client asks for (SNI): an exact name before a
     * wildcard, which stands for one label, both out of the subjectAltName; of those, the one whose type of key suits the
     * client. A client that asks for no name, or an unknown one, gets the first that suits; but see
     * {@link #refuseUnknownServerNames()}.
     *
     * @param chainPem the PEM file with the certificate, followed by the authorities that signed it
     * @param keyPem the PEM file with its private key
     * @return this builder
     */
    public TlsProfileBuilder certificate(Path chainPem, Path keyPem) {
        return addPem(() -> Pem.read(chainPem), () -> Pem.read(keyPem), null);
    }

    /**
     * Presents a certificate whose key is encrypted (PKCS#8, "ENCRYPTED PRIVATE KEY").
     *
     * @param chainPem the PEM file with the certificate, followed by the authorities that signed it
     * @param keyPem the PEM file with its private key
     * @param password opens the key
     * @return this builder
     */
    public TlsProfileBuilder certificate(Path chainPem, Path keyPem, char[] password) {
        return addPem(() -> Pem.read(chainPem), () -> Pem.read(keyPem), password);
    }

    /**
     * Presents a certificate out of PEM texts, as {@link #certificate(Path, Path)} does out of files.
     *
     * @param chain the certificate, followed by the authorities that signed it
     * @param key its private key
     * @return this builder
     */
    public TlsProfileBuilder certificatePem(String chain, String key) {
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
    public TlsProfileBuilder certificatePem(String chain, String key, char[] password) {
        return addPem(() -> Pem.parse(CHAIN_TEXT, chain), () -> Pem.parse(KEY_TEXT, key), password);
    }

    /**
     * Presents a certificate out of objects. The key may be one that stays in hardware; the tasks of handshakes are then
     * taken to wait for it: see {@link #tasksMayBlock(boolean)}.
     *
     * @param key the private key
     * @param chain its certificate, followed by the authorities that signed it
     * @return this builder
     */
    public TlsProfileBuilder certificate(PrivateKey key, X509Certificate... chain) {
        Objects.requireNonNull(key, "key");
        List<X509Certificate> copy = List.of(chain);
        credentials.add(() -> {
            if (copy.isEmpty()) {
                throw Refusal.of("the certificate chain of the given key is empty; pass at least its own certificate");
            }
            return List.of(CredentialCheck.check(key, "the given key", copy, "the given chain"));
        });
        return this;
    }

    /**
     * Presents every certificate that a PKCS12 file has a private key for.
     *
     * @param pkcs12 the file
     * @param password opens the file and the keys in it
     * @return this builder
     */
    public TlsProfileBuilder keyStore(Path pkcs12, char[] password) {
        Objects.requireNonNull(pkcs12, "pkcs12");
        char[] copy = password.clone();
        credentials.add(() -> KeyStores.credentials(pkcs12, copy));
        return this;
    }

    /**
     * Trusts certificates: a server those of its clients that are signed by them, a client those of servers, instead of
     * what the JDK trusts.
     *
     * @param pemBundle a PEM file with one certificate or more
     * @return this builder
     */
    public TlsProfileBuilder trust(Path pemBundle) {
        Objects.requireNonNull(pemBundle, "pemBundle");
        trusted.add(() -> Pem.read(pemBundle).certificates());
        return this;
    }

    /**
     * Trusts certificates out of a PEM text, as {@link #trust(Path)} does.
     *
     * @param bundle one certificate or more
     * @return this builder
     */
    public TlsProfileBuilder trustPem(String bundle) {
        Objects.requireNonNull(bundle, "bundle");
        trusted.add(() -> Pem.parse("the PEM text to trust", bundle).certificates());
        return this;
    }

    /**
     * Trusts certificates, as {@link #trust(Path)} does.
     *
     * @param certificates one or more
     * @return this builder
     */
    public TlsProfileBuilder trust(X509Certificate... certificates) {
        List<X509Certificate> copy = List.of(certificates);
        trusted.add(() -> {
            if (copy.isEmpty()) {
                throw Refusal.of("trust() was given no certificate; leave it out to trust what the JDK trusts");
            }
            return copy;
        });
        return this;
    }

    /**
     * Trusts the trusted certificates of a PKCS12 file, as {@link #trust(Path)} does.
     *
     * @param pkcs12 the file
     * @param password opens it
     * @return this builder
     */
    public TlsProfileBuilder trustStore(Path pkcs12, char[] password) {
        Objects.requireNonNull(pkcs12, "pkcs12");
        char[] copy = password.clone();
        trusted.add(() -> KeyStores.trusted(pkcs12, copy));
        return this;
    }

    /**
     * Uses a ready context, of any provider, which brings certificates and trust itself; the words for them are then
     * refused. Its session cache is left as it is unless {@link #sessionCache} is said.
     *
     * @param ready an initialized context
     * @return this builder
     */
    public TlsProfileBuilder sslContext(SSLContext ready) {
        context = Objects.requireNonNull(ready, "ready");
        return this;
    }

    /**
     * Offers these protocols. The default is TLSv1.3 and TLSv1.2.
     *
     * @param names standard names, the preferred one first
     * @return this builder
     */
    public TlsProfileBuilder protocols(String... names) {
        ciphers = ciphers.withProtocols(List.of(names));
        return this;
    }

    /**
     * Offers the secure cipher suites, which is the default: those of TLS 1.3, and for TLS 1.2 those with ECDHE and AEAD.
     *
     * @return this builder
     */
    public TlsProfileBuilder secureSuites() {
        ciphers = ciphers.withSuites(CipherPolicy.Choice.SECURE, List.of());
        return this;
    }

    /**
     * Offers all that the JDK still does by default, for old peers: cipher suites without forward secrecy or with CBC as
     * well, and, unless {@link #protocols} is said, whichever protocols its security properties leave enabled.
     *
     * @return this builder
     */
    public TlsProfileBuilder compatibleSuites() {
        ciphers = ciphers.withSuites(CipherPolicy.Choice.COMPATIBLE, List.of());
        return this;
    }

    /**
     * Offers these cipher suites. A protocol of the default that none of them fits is then not offered.
     *
     * @param names standard names, the preferred one first
     * @return this builder
     */
    public TlsProfileBuilder cipherSuites(List<String> names) {
        ciphers = ciphers.withSuites(CipherPolicy.Choice.EXPLICIT, List.copyOf(names));
        return this;
    }

    /**
     * Negotiates an application protocol (ALPN, RFC 7301). A server refuses a client that offers only others (alert 120),
     * and goes on without with one that offers none.
     *
     * @param names such as {@code h2} and {@code http/1.1}, the preferred one first
     * @return this builder
     */
    public TlsProfileBuilder alpn(String... names) {
        applicationProtocols = List.of(names);
        return this;
    }

    /**
     * Asks clients for a certificate; other than NONE, this needs a word of trust. The default is NONE.
     *
     * @param rule whether to ask
     * @return this builder
     */
    public TlsProfileBuilder clientAuth(ClientAuth rule) {
        clientAuth = Objects.requireNonNull(rule, "rule");
        return this;
    }

    /**
     * Makes a server refuse a client that asks for a name which none of the certificates is for (alert 112), rather than
     * present the first one. A client that asks for no name is still served.
     *
     * @return this builder
     */
    public TlsProfileBuilder refuseUnknownServerNames() {
        refuseUnknownServerNames = true;
        return this;
    }

    /**
     * Makes a client accept a certificate that is trusted but for another server: whoever has any trusted certificate can
     * then stand in the middle. For closed networks whose trust holds nothing but their own authority.
     *
     * @return this builder
     */
    public TlsProfileBuilder trustAnyServerName() {
        verifyServerName = false;
        return this;
    }

    /**
     * Bounds the sessions that are kept to be resumed, on each side. The default is 10,000 for 1 hour. The lifetime is
     * also that of session tickets, which are kept by the client.
     *
     * @param size how many; at least 1
     * @param lifetime how long; 1 second to 7 days (RFC 8446, 4.6.1)
     * @return this builder
     */
    public TlsProfileBuilder sessionCache(int size, Duration lifetime) {
        sessionCache = new SessionCache(size, Objects.requireNonNull(lifetime, "lifetime"));
        return this;
    }

    /**
     * Says whether the tasks of a handshake may wait for something. By default they may with a ready SSLContext and with
     * keys that are not in memory, and are otherwise just computation.
     *
     * @param mayBlock what {@link TlsProfile#tasksMayBlock()} shall answer
     * @return this builder
     */
    public TlsProfileBuilder tasksMayBlock(boolean mayBlock) {
        tasksMayBlock = mayBlock;
        return this;
    }

    /**
     * Reads the files, checks everything, and makes the profile.
     *
     * <p>Refused are: a file that is not there, not readable, or not what it should be; a password that is missing or
     * wrong; a key that does not match its certificate; a certificate that has expired or is not valid yet (the
     * authorities after it in the chain are not checked: each client finds its own way to one that it trusts); protocols
     * and cipher suites that are unknown, disabled, or do not fit together; a client authentication without trust.
     *
     * @return a new profile, with session caches of its own unless the SSLContext was given
     * @throws IllegalArgumentException if something is wrong; its message says what, where and what to do, and holds no
     *     secret
     */
    public TlsProfile build() {
        checkWords();
        List<Credential> loaded =
                credentials.stream().flatMap(source -> source.get().stream()).toList();
        List<X509Certificate> trust =
                trusted.stream().flatMap(source -> source.get().stream()).toList();
        ServerNames names = new ServerNames(loaded);
        SSLContext ready = context != null ? context : TlsContexts.create(loaded, names, trust);
        CipherPolicy.Resolved offer = ciphers.resolve(ready);
        if (sessionCache != null) {
            sessionCache.applyTo(ready);
        } else if (context == null) {
            SessionCache.SECURE.applyTo(ready);
        }
        boolean mayBlock = tasksMayBlock != null
                ? tasksMayBlock
                : context != null || !loaded.stream().allMatch(Credential::inMemory);
        return new TlsProfile(
                ready, loaded, context != null, serverParameters(offer, names), clientParameters(offer), mayBlock);
    }

    private void checkWords() {
        if (context != null && !(credentials.isEmpty() && trusted.isEmpty())) {
            throw Refusal.of("a given SSLContext brings its own certificates and trust; put them into it,"
                    + " or leave out sslContext()");
        }
        if (context == null && clientAuth != ClientAuth.NONE && trusted.isEmpty()) {
            throw Refusal.of(
                    "clientAuth(" + clientAuth + ") needs to know whose clients to trust; name the authority that"
                            + " signs their certificates with trust()");
        }
        if (refuseUnknownServerNames && credentials.isEmpty()) {
            throw Refusal.of("refuseUnknownServerNames() needs certificates to take the known names from; add them with"
                    + " certificate() or keyStore()");
        }
        if (sessionCache != null) {
            sessionCache.check();
        }
    }

    private SSLParameters serverParameters(CipherPolicy.Resolved offer, ServerNames names) {
        SSLParameters parameters = offer.parameters(applicationProtocols);
        parameters.setUseCipherSuitesOrder(true);
        if (refuseUnknownServerNames) {
            parameters.setSNIMatchers(List.of(names.matcher()));
        }
        // Each of the two setters undoes the other
        if (clientAuth == ClientAuth.NEED) {
            parameters.setNeedClientAuth(true);
        } else {
            parameters.setWantClientAuth(clientAuth == ClientAuth.WANT);
        }
        return parameters;
    }

    private SSLParameters clientParameters(CipherPolicy.Resolved offer) {
        SSLParameters parameters = offer.parameters(applicationProtocols);
        if (verifyServerName) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        return parameters;
    }

    private TlsProfileBuilder addPem(Supplier<Pem> chain, Supplier<Pem> key, char @Nullable [] password) {
        char @Nullable [] copy = password == null ? null : password.clone();
        credentials.add(() -> {
            Pem chainPem = chain.get();
            Pem keyPem = key.get();
            List<X509Certificate> certificates = chainPem.certificates();
            return List.of(
                    CredentialCheck.check(keyPem.privateKey(copy), keyPem.name(), certificates, chainPem.name()));
        });
        return this;
    }
}
