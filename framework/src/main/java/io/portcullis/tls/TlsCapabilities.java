// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a TLS engine can do on this machine. Immutable.
 *
 * @param name what {@link TlsProfileBuilder#engine(String)} calls it
 * @param version which implementation this is, for people
 * @param unavailable why it cannot be used here and what to do about it; empty if it can be used
 * @param protocols the protocols that a profile may ask for, the preferred one first
 * @param cipherSuites the cipher suites that a profile may ask for
 * @param compatibleSuites the cipher suites that {@link TlsProfileBuilder#compatibleSuites()} offers
 * @param groups the groups of the key exchange, by the names of the JDK and of IANA, such as {@code x25519}
 * @param keyTypes the types of key that its servers and clients can present: RSA, RSASSA-PSS, EC, EdDSA
 * @param features what it can do beyond that
 */
public record TlsCapabilities(
        String name,
        String version,
        Optional<String> unavailable,
        List<String> protocols,
        List<String> cipherSuites,
        List<String> compatibleSuites,
        List<String> groups,
        Set<String> keyTypes,
        Set<TlsFeature> features) {

    /**
     * Of an engine that cannot be used here.
     *
     * @param name the engine
     * @param why what is missing, and what to do about it
     * @return capabilities without content
     */
    public static TlsCapabilities unavailable(String name, String why) {
        return new TlsCapabilities(
                name, "unknown", Optional.of(why), List.of(), List.of(), List.of(), List.of(), Set.of(), Set.of());
    }

    /**
     * Whether the engine can be used here.
     *
     * @return whether nothing is missing
     */
    public boolean available() {
        return unavailable.isEmpty();
    }

    /**
     * Whether the engine has a group that withstands quantum computers (ML-KEM, in a hybrid).
     *
     * @return whether one of the groups is of that kind
     */
    public boolean postQuantum() {
        return groups.stream().anyMatch(group -> group.toUpperCase(Locale.ROOT).contains("MLKEM"));
    }

    /**
     * Whether the engine can do something that not every one can.
     *
     * @param feature what
     * @return whether it can
     */
    public boolean has(TlsFeature feature) {
        return features.contains(feature);
    }

    /**
     * One line for people.
     *
     * @return the name, the version, and what it can do or why it cannot
     */
    @Override
    public String toString() {
        if (unavailable.isPresent()) {
            return name + ": not available: " + unavailable.get();
        }
        return name + ": " + version + "; protocols " + String.join(", ", protocols) + "; groups "
                + String.join(", ", groups) + "; post-quantum " + (postQuantum() ? "yes" : "no") + "; tickets "
                + yesOrNo(TlsFeature.TICKETS) + "; shared ticket keys " + yesOrNo(TlsFeature.SHARED_TICKET_KEYS)
                + "; choice of groups " + yesOrNo(TlsFeature.GROUP_CHOICE) + "; half-close "
                + yesOrNo(TlsFeature.HALF_CLOSE) + "; keys " + String.join(", ", new TreeSet<>(keyTypes));
    }

    private String yesOrNo(TlsFeature feature) {
        return has(feature) ? "yes" : "no";
    }
}
