// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.keys.ChainRules;
import io.portcullis.tls.spi.TlsEngine;
import java.util.HexFormat;

/**
 * What a profile asks of a session when the handshake is over, beyond what its engine does.
 *
 * @param exports whether the data of {@link ChannelBinding#TLS_EXPORTER} are computed
 * @param chain what holds for the peer's chain, also if the session is resumed
 */
record SessionRules(boolean exports, ChainRules chain) {
    static final SessionRules NONE = new SessionRules(false, ChainRules.NONE);

    /** RFC 9266, 2. */
    private static final String LABEL = "EXPORTER-Channel-Binding";

    private static final byte[] NO_CONTEXT = {};
    private static final int LENGTH = 32;

    /** The same with other rules for chains. */
    SessionRules with(ChainRules newChain) {
        return new SessionRules(exports, newChain);
    }

    /** Completes what is known of a session. */
    TlsSession complete(TlsSession facts, TlsEngine engine) {
        return exports
                ? facts.bound(
                        engine.exportKeyingMaterial(LABEL, NO_CONTEXT, LENGTH).map(HexFormat.of()::formatHex))
                : facts;
    }
}
