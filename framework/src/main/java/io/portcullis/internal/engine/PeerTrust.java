// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.engine;

import io.portcullis.internal.keys.ChainRules;
import io.portcullis.internal.keys.CrlPath;
import io.portcullis.internal.keys.DatedTrustManager;
import io.portcullis.internal.keys.LenientTrustManager;
import io.portcullis.internal.keys.PinnedPeers;
import io.portcullis.internal.keys.Pins;
import io.portcullis.internal.keys.RuledTrustManager;
import io.portcullis.tls.Revocation;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The trust settings of a profile, including those read from files. Immutable.
 *
 * @param trusted the trusted certificates; empty for the JDK's default
 * @param crls the CRLs
 * @param own an application's trust manager, used instead of the certificates, or null
 * @param peers pins that are trusted instead of certificates
 * @param pins pins of which a trusted chain must contain one
 * @param revocation whether revocation is checked online
 */
public record PeerTrust(
        List<X509Certificate> trusted,
        List<X509CRL> crls,
        @Nullable X509TrustManager own,
        Pins peers,
        Pins pins,
        Revocation revocation) {

    /**
     * The trust settings in the form in which a handshake uses them.
     *
     * @param managers check the chain of a full handshake
     * @param rules check the chain of a resumed session
     */
    public record Checks(List<TrustManager> managers, ChainRules rules) {}

    /** Returns settings with certificates only. */
    public static PeerTrust of(List<X509Certificate> trusted) {
        return new PeerTrust(trusted, List.of(), null, Pins.NONE, Pins.NONE, Revocation.OFF);
    }

    /** Returns the same settings with new contents of the files. */
    public PeerTrust read(List<X509Certificate> newTrusted, List<X509CRL> newCrls) {
        return new PeerTrust(newTrusted, newCrls, own, peers, pins, revocation);
    }

    /** Returns whether a session created with one of them may be resumed with the other. */
    public boolean sameAs(PeerTrust other) {
        return Set.copyOf(trusted).equals(Set.copyOf(other.trusted))
                && Set.copyOf(crls).equals(Set.copyOf(other.crls));
    }

    /** Returns whether the check of a chain may wait for I/O. */
    public boolean mayBlock() {
        return own != null || revocation != Revocation.OFF;
    }

    public Checks checks() {
        List<TrustManager> first =
                managers().stream().map(DatedTrustManager::of).toList();
        X509Certificate[] anchors = first.stream()
                .filter(X509TrustManager.class::isInstance)
                .findFirst()
                .map(manager -> ((X509TrustManager) manager).getAcceptedIssuers())
                .orElse(new X509Certificate[0]);
        ChainRules rules = new ChainRules(pins, peers, crls, anchors);
        if (rules.isEmpty()) {
            return new Checks(first, ChainRules.NONE);
        }
        CrlPath path = crls.isEmpty() || revocation != Revocation.OFF ? null : new CrlPath(anchors, crls);
        return new Checks(List.of(new RuledTrustManager(only(first), rules, path)), rules);
    }

    private List<TrustManager> managers() {
        if (own != null) {
            return List.of(new GuardedTrustManager(own));
        }
        if (!peers.isEmpty()) {
            return List.of(new GuardedTrustManager(new PinnedPeers(peers)));
        }
        return switch (revocation) {
            case OFF -> TlsContexts.trusting(trusted);
            case HARD_FAIL -> TlsContexts.checkingRevocation(trusted, crls, false);
            case SOFT_FAIL ->
                List.of(new LenientTrustManager(
                        only(TlsContexts.checkingRevocation(trusted, crls, true)),
                        only(TlsContexts.trusting(trusted))));
        };
    }

    private static X509ExtendedTrustManager only(List<TrustManager> managers) {
        if (managers.size() == 1 && managers.get(0) instanceof X509ExtendedTrustManager manager) {
            return manager;
        }
        throw new IllegalStateException("this JDK's trust manager cannot be extended");
    }
}
