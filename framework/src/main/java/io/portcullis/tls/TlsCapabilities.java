// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The capabilities of a TLS engine on this machine. Immutable.
 *
 * @param name the name for {@link TlsProfileBuilder#engine(String)}
 * @param version the implementation and its version, for display
 * @param unavailable why the engine cannot be used, and how to fix it; empty if it can be used
 * @param protocols the supported protocols, the preferred one first
 * @param cipherSuites the supported cipher suites
 * @param compatibleSuites the cipher suites that {@link TlsProfileBuilder#compatibleSuites()} offers
 * @param groups the supported key exchange groups, by the names of the JDK and of IANA, such as {@code x25519}
 * @param keyTypes the types of keys that its servers and clients can present: RSA, RSASSA-PSS, EC, EdDSA
 * @param features the supported optional features
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
     * Returns the capabilities of an engine that cannot be used on this machine.
     *
     * @param name the engine's name
     * @param why what is missing, and how to fix it
     * @return capabilities that are otherwise empty
     */
    public static TlsCapabilities unavailable(String name, String why) {
        return new TlsCapabilities(
                name, "unknown", Optional.of(why), List.of(), List.of(), List.of(), List.of(), Set.of(), Set.of());
    }

    /**
     * Returns whether the engine can be used on this machine.
     *
     * @return true if nothing is missing
     */
    public boolean available() {
        return unavailable.isEmpty();
    }

    /**
     * Returns whether the engine supports a key exchange group that resists quantum computers (hybrid groups with
     * ML-KEM).
     *
     * @return true if at least one of the groups is of that kind
     */
    public boolean postQuantum() {
        return groups.stream().anyMatch(group -> group.toUpperCase(Locale.ROOT).contains("MLKEM"));
    }

    /**
     * Returns whether the engine supports an optional feature.
     *
     * @param feature the feature
     * @return whether it is supported
     */
    public boolean has(TlsFeature feature) {
        return features.contains(feature);
    }

    /**
     * Returns a description in one line.
     *
     * @return the name, the version, and the capabilities or why it cannot be used
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
