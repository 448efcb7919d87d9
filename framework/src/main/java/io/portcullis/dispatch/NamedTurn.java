// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

/** The turns of a connection with its id in the log context. */
record NamedTurn(ConnectionFace connection) implements Strand.Turn {
    @Override
    public void turn(int signals) {
        LogContext.with(connection.id(), () -> connection.turn(signals));
    }
}
