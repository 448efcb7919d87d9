// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Chooses a server's certificate by the name that the client asks for, and a client's by the authorities that the server
 * names.
 *
 * <p>It answers one key type at a time, as the JDK's default (SunX509) does. The JDK's other one (NewSunX509, called PKIX)
 * also demands that the certificates' own signatures are among the client's signature algorithms, and so refuses clients
 * that send none, which TLS 1.2 allows (RFC 5246, 7.4.1.4.1).
 */
final class ServerNameKeyManager extends X509ExtendedKeyManager {
    private static final int TLS_1_3 = 0x0304;

    /** ECDHE_ECDSA with AES-CBC, AES-GCM and ChaCha20 (IANA). */
    private static final Set<Integer> ECDSA_SUITES = Set.of(0xc009, 0xc00a, 0xc023, 0xc024, 0xc02b, 0xc02c, 0xcca9);

    private final List<Credential> credentials;
    private final ServerNames names;
    private final boolean asksSession;
    private final Map<String, Credential> byAlias = new HashMap<>();
    private final IdentityHashMap<Credential, String> aliases = new IdentityHashMap<>();

    /**
     * Chooses among credentials.
     *
     * @param credentials at least one
     * @param names which of them is for which name
     * @param judgesSignatures whether the engine itself refuses a client that cannot verify the key it is given
     */
    ServerNameKeyManager(List<Credential> credentials, ServerNames names, boolean judgesSignatures) {
        this(credentials, names, judgesSignatures, "");
    }

    /** The same, whose aliases begin with a prefix. */
    ServerNameKeyManager(List<Credential> credentials, ServerNames names, boolean judgesSignatures, String prefix) {
        this.credentials = credentials;
        this.names = names;
        // An engine in native code keeps all the answers as long as the connection lives
        this.asksSession = credentials.size() > 1 || !judgesSignatures;
        for (Credential credential : credentials) {
            String alias = prefix + byAlias.size();
            byAlias.put(alias, credential);
            aliases.put(credential, alias);
        }
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        if (!asksSession || engine == null || !(engine.getHandshakeSession() instanceof ExtendedSSLSession session)) {
            return alias(names.choose(null, keyType));
        }
        return canVerify(session, keyType) && hasSuiteFor(keyType)
                ? alias(names.choose(serverName(session), keyType))
                : null;
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        for (String keyType : keyTypes) {
            List<String> found = clientAliases(keyType, issuers);
            if (!found.isEmpty()) {
                return found.get(0);
            }
        }
        return null;
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return chooseEngineServerAlias(keyType, issuers, null);
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return chooseEngineClientAlias(keyTypes, issuers, null);
    }

    @Override
    public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return clientAliases(keyType, null).toArray(String[]::new);
    }

    @Override
    public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return clientAliases(keyType, issuers).toArray(String[]::new);
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        Credential credential = byAlias.get(alias);
        return credential == null ? null : credential.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        Credential credential = byAlias.get(alias);
        return credential == null ? null : credential.key();
    }

    private List<String> clientAliases(String keyType, Principal @Nullable [] issuers) {
        List<String> found = new ArrayList<>();
        for (Credential credential : credentials) {
            if (credential.keyType().equals(keyType) && isIssuedByOneOf(issuers, credential.chain())) {
                found.add(aliases.get(credential));
            }
        }
        return found;
    }

    // RFC 5246, 7.4.4: an empty list of authorities allows any
    private static boolean isIssuedByOneOf(Principal @Nullable [] issuers, List<X509Certificate> chain) {
        if (issuers == null || issuers.length == 0) {
            return true;
        }
        Set<Principal> wanted = Set.copyOf(Arrays.asList(issuers));
        return chain.stream().anyMatch(certificate -> wanted.contains(certificate.getIssuerX500Principal()));
    }

    private @Nullable String alias(@Nullable Credential credential) {
        return credential == null ? null : aliases.get(credential);
    }

    /**
     * Whether the client verifies signatures of this type of key. Some offer suites with ECDSA and still cannot; the JDK
     * would take the suite and fail. A client that says nothing is taken to verify all.
     */
    private static boolean canVerify(ExtendedSSLSession session, String keyType) {
        String[] algorithms = session.getPeerSupportedSignatureAlgorithms();
        if (algorithms.length == 0) {
            return true;
        }
        return Arrays.stream(algorithms).anyMatch(algorithm -> switch (keyType) {
            case "EC" -> algorithm.endsWith("withECDSA");
            case "RSA" -> algorithm.endsWith("withRSA") || algorithm.equals("RSASSA-PSS");
            case "EdDSA" -> algorithm.startsWith("Ed");
            default -> algorithm.equals(keyType);
        });
    }

    /** Whether a TLS 1.2 client offers a suite for this type of key, where the engine does not ask; TLS 1.3's fit all. */
    private static boolean hasSuiteFor(String keyType) {
        ClientHello hello = HelloGuard.current();
        if (hello == null || hello.versions().contains(TLS_1_3)) {
            return true;
        }
        return switch (keyType) {
            case "EC" -> hello.cipherSuites().stream().anyMatch(ECDSA_SUITES::contains);
            case "RSA" -> hello.cipherSuites().stream().anyMatch(suite -> !ECDSA_SUITES.contains(suite));
            default -> true;
        };
    }

    private static @Nullable String serverName(ExtendedSSLSession session) {
        for (SNIServerName name : session.getRequestedServerNames()) {
            if (name instanceof SNIHostName host) {
                return host.getAsciiName();
            }
        }
        return null;
    }
}
