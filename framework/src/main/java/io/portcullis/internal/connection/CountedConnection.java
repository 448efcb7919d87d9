// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.Connection;
import io.portcullis.internal.wire.Wire;
import org.jspecify.annotations.Nullable;

/** A connection, with the keys under which its server or client counts it. */
public interface CountedConnection extends Connection {
    /** Returns the listener that accepted it, or null if this side connected. May be called from any thread. */
    Wire.@Nullable Origin acceptedBy();

    /** Returns the key under which its client's address is counted, or null. Called on the strand. */
    @Nullable
    Object counted();
}
