// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.keys.ChainRules;
import io.portcullis.tls.spi.TlsEngine;
import java.util.HexFormat;

/**
 * What a profile requires of a session after the handshake, in addition to the engine's checks.
 *
 * @param exports whether the data for {@link ChannelBinding#TLS_EXPORTER} are exported
 * @param chain the rules for the peer's chain, also of a resumed session
 */
record SessionRules(boolean exports, ChainRules chain) {
    static final SessionRules NONE = new SessionRules(false, ChainRules.NONE);

    /** RFC 9266, 2. */
    private static final String LABEL = "EXPORTER-Channel-Binding";

    private static final byte[] NO_CONTEXT = {};
    private static final int LENGTH = 32;

    /** Returns the same rules with other rules for chains. */
    SessionRules with(ChainRules newChain) {
        return new SessionRules(exports, newChain);
    }

    /** Adds the exported data to a session. */
    TlsSession complete(TlsSession facts, TlsEngine engine) {
        return exports
                ? facts.bound(
                        engine.exportKeyingMaterial(LABEL, NO_CONTEXT, LENGTH).map(HexFormat.of()::formatHex))
                : facts;
    }
}
