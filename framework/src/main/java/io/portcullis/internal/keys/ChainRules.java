// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * What a profile requires of a peer's chain in addition to trust: pins, and that none of its certificates is in a CRL.
 * The check needs only the chain and no network access, so it applies to resumed sessions as well.
 */
public final class ChainRules {
    public static final ChainRules NONE = new ChainRules(Pins.NONE, Pins.NONE, List.of(), new X509Certificate[0]);

    private final Pins pins;
    private final Pins peers;
    private final List<X509CRL> crls;
    private final X509Certificate[] anchors;

    /**
     * Creates rules.
     *
     * @param pins of which the chain must contain at least one; none to accept any chain
     * @param peers of which the peer's own certificate must have one; none to accept any certificate
     * @param crls in which no certificate of the chain may be listed
     * @param anchors the trusted authorities
     */
    public ChainRules(Pins pins, Pins peers, List<X509CRL> crls, X509Certificate[] anchors) {
        this.pins = pins;
        this.peers = peers;
        this.crls = List.copyOf(crls);
        this.anchors = anchors.clone();
    }

    public boolean isEmpty() {
        return pins.isEmpty() && peers.isEmpty() && crls.isEmpty();
    }

    /**
     * Checks a chain.
     *
     * @param chain not empty; the peer's own certificate first
     * @throws CertificateException if the chain violates a rule; the message states which one, and what was found
     */
    public void check(X509Certificate[] chain) throws CertificateException {
        for (X509Certificate certificate : chain) {
            for (X509CRL crl : crls) {
                if (crl.isRevoked(certificate)) {
                    throw revoked(certificate, crl);
                }
            }
        }
        if (!peers.isEmpty() && !peers.match(chain[0])) {
            throw new CertificateException(
                    "the key of the peer's certificate has none of the pins that are trusted; it has "
                            + Pins.describe(List.of(chain[0])));
        }
        if (!pins.isEmpty()) {
            checkPins(new SignedPath(chain, anchors).find());
        }
    }

    private void checkPins(List<X509Certificate> path) throws CertificateException {
        if (path.stream().noneMatch(pins::match)) {
            throw new CertificateException("no key in the peer's chain has one of the "
                    + pins.values().size() + " pins that are expected; the chain has " + Pins.describe(path));
        }
    }

    /** Returns the exception in the form from which engines derive the alert. */
    private static CertificateException revoked(X509Certificate certificate, X509CRL crl) {
        String what = "the certificate " + CertificateFacts.subject(certificate)
                + " was revoked, according to the CRL of " + crl.getThisUpdate().toInstant();
        return new CertificateException(
                what, new CertPathValidatorException("it is revoked", null, null, -1, BasicReason.REVOKED));
    }
}
