// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.Connection;
import io.portcullis.internal.wire.Wire;
import org.jspecify.annotations.Nullable;

/** A connection, and under what its server or client counts it. */
public interface CountedConnection extends Connection {
    /** What accepted it; null if this side has connected. From any thread. */
    Wire.@Nullable Origin acceptedBy();

    /** Under what its client's address is counted, or null; on the strand. */
    @Nullable
    Object counted();
}
