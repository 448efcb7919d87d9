// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.Gate;
import io.portcullis.internal.foreign.ForeignFailure;
import io.portcullis.internal.log.Guard;
import io.portcullis.tls.TlsProfile;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The profiles that gates use. A custom gate whose {@code profiles} method fails is used nevertheless. */
final class GateProfiles {
    private static final Logger LOG = LoggerFactory.getLogger(GateProfiles.class);

    private GateProfiles() {}

    /** Returns the profiles of the gates, without duplicates. */
    static Set<TlsProfile> of(Collection<Gate> gates) {
        Set<TlsProfile> profiles = new LinkedHashSet<>();
        for (Gate gate : gates) {
            try {
                profiles.addAll(gate.profiles());
            } catch (RuntimeException | Error failure) {
                Guard.quietly(() -> LOG.debug(
                        "a gate failed to return its profiles, which are neither warmed up nor watched",
                        ForeignFailure.of(failure)));
            }
        }
        return profiles;
    }
}
