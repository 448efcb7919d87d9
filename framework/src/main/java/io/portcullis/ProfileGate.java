// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import io.portcullis.tls.TlsProfile;
import java.util.Collection;
import java.util.List;

/**
 * A gate that knows beforehand which profiles it may choose.
 *
 * @param profiles all of them
 * @param gate decides
 */
record ProfileGate(Collection<TlsProfile> profiles, Gate gate) implements Gate {

    ProfileGate(Collection<TlsProfile> profiles, Decision always) {
        this(List.copyOf(profiles), peer -> always);
    }

    @Override
    public Decision decide(Peer peer) {
        return gate.decide(peer);
    }
}
