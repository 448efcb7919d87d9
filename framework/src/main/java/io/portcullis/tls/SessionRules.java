// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.tls.spi.TlsEngine;
import java.util.HexFormat;

/**
 * What a profile asks of a session when the handshake is over, beyond what its engine does.
 *
 * @param exports whether the data of {@link ChannelBinding#TLS_EXPORTER} are computed
 */
record SessionRules(boolean exports) {
    static final SessionRules NONE = new SessionRules(false);

    /** RFC 9266, 2. */
    private static final String LABEL = "EXPORTER-Channel-Binding";

    private static final byte[] NO_CONTEXT = {};
    private static final int LENGTH = 32;

    /** Completes what is known of a session. */
    TlsSession complete(TlsSession facts, TlsEngine engine) {
        return exports
                ? facts.bound(
                        engine.exportKeyingMaterial(LABEL, NO_CONTEXT, LENGTH).map(HexFormat.of()::formatHex))
                : facts;
    }
}
