// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.endpoint;

import io.portcullis.ConnectionLog;
import io.portcullis.Peer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the log is told besides failures.
 *
 * @param context whether the id of a connection is in the log context during its turns
 * @param traced says of each new connection what to log of it; null if nothing is logged of any
 */
public record LogSettings(boolean context, @Nullable Function<? super Peer, ConnectionLog> traced) {
    public static final LogSettings DEFAULT = new LogSettings(false, null);
}
