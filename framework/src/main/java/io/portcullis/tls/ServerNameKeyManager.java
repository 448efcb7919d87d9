// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.engine.ConscryptQuirks;
import io.portcullis.internal.keys.Credential;
import io.portcullis.internal.keys.PeerSignatures;
import io.portcullis.internal.keys.ServerNames;
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
import java.util.function.Predicate;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Chooses a server's certificate by the name that the client requests, and a client's by the authorities that the
 * server names; of these, one whose signatures the peer can verify (RFC 8446, 4.2.3). A certificate for which only some
 * engines create signatures that the peer understands is chosen if there is no better one.
 *
 * <p>It handles one key type at a time, like the JDK's default (SunX509). The JDK's other key manager (NewSunX509, also
 * named PKIX) requires in addition that the signatures in the certificates use one of the client's signature
 * algorithms, and therefore refuses clients that send none, which TLS 1.2 allows (RFC 5246, 7.4.1.4.1).
 */
final class ServerNameKeyManager extends X509ExtendedKeyManager {
    private static final int TLS_1_3 = 0x0304;

    private final List<Credential> credentials;
    private final ServerNames names;
    private final boolean checksSignatures;
    private final boolean readsSession;
    private final Map<String, Credential> byAlias = new HashMap<>();
    private final IdentityHashMap<Credential, String> aliases = new IdentityHashMap<>();

    /**
     * Creates a key manager.
     *
     * @param credentials not empty
     * @param names the credentials by name
     * @param checksSignatures whether the engine itself refuses a client that cannot verify the key's signatures
     */
    ServerNameKeyManager(List<Credential> credentials, ServerNames names, boolean checksSignatures) {
        this(credentials, names, checksSignatures, "");
    }

    /** Creates a key manager whose aliases have a prefix. */
    ServerNameKeyManager(List<Credential> credentials, ServerNames names, boolean checksSignatures, String prefix) {
        this.credentials = credentials;
        this.names = names;
        this.checksSignatures = checksSignatures;
        // A native engine keeps the values of the session as long as the connection lives
        this.readsSession = credentials.size() > 1 || !checksSignatures;
        for (Credential credential : credentials) {
            String alias = prefix + byAlias.size();
            byAlias.put(alias, credential);
            aliases.put(credential, alias);
        }
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        ClientHello hello = HelloGuard.current();
        if (!readsSession || engine == null || !(engine.getHandshakeSession() instanceof ExtendedSSLSession session)) {
            return alias(names.choose(null, credential -> credential.keyType().equals(keyType)));
        }
        PeerSignatures peer = hello == null
                ? PeerSignatures.of(session)
                : PeerSignatures.of(hello, isTls13(hello, session, engine), checksSignatures);
        String name = hello == null ? serverName(session) : hello.serverName().orElse(null);
        boolean sure = names.choose(name, credential -> peer.verifies(credential.kind())) != null;
        return alias(names.choose(
                name,
                credential -> credential.keyType().equals(keyType)
                        && (sure ? peer.verifies(credential.kind()) : peer.mayVerify(credential.kind()))));
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        if (engine == null || !(engine.getHandshakeSession() instanceof ExtendedSSLSession session)) {
            return clientAlias(keyTypes, issuers, credential -> true);
        }
        PeerSignatures peer = PeerSignatures.of(session);
        String sure = clientAlias(keyTypes, issuers, credential -> peer.verifies(credential.kind()));
        return sure != null ? sure : clientAlias(keyTypes, issuers, credential -> peer.mayVerify(credential.kind()));
    }

    private @Nullable String clientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, Predicate<Credential> suits) {
        for (String keyType : keyTypes) {
            for (Credential credential : credentials) {
                if (isOfType(credential, keyType, issuers) && suits.test(credential)) {
                    return aliases.get(credential);
                }
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
            if (isOfType(credential, keyType, issuers)) {
                found.add(aliases.get(credential));
            }
        }
        return found;
    }

    private static boolean isOfType(Credential credential, String keyType, Principal @Nullable [] issuers) {
        return credential.keyType().equals(keyType) && isIssuedByOneOf(issuers, credential.chain());
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

    /** Conscrypt's session reports TLSv1.2 until the handshake is complete. */
    private static boolean isTls13(ClientHello hello, SSLSession session, SSLEngine engine) {
        return ConscryptQuirks.isConscrypt(engine)
                ? hello.versions().contains(TLS_1_3)
                : session.getProtocol().equals("TLSv1.3");
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
