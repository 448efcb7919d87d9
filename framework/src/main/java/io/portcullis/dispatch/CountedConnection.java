// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.Connection;
import io.portcullis.Traffic;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;

/**
 * What a connection has moved. Counted on the strand, at the price of an addition; read from any thread: each figure is whole
 * and never goes back, but may lag behind a turn that runs.
 */
abstract class CountedConnection implements Connection {
    private static final VarHandle NETWORK_IN = handle("networkIn");
    private static final VarHandle NETWORK_OUT = handle("networkOut");
    private static final VarHandle APPLICATION_IN = handle("applicationIn");
    private static final VarHandle APPLICATION_OUT = handle("applicationOut");

    final Endpoint endpoint;
    private final long begin;
    private long networkIn;
    private long networkOut;
    private long applicationIn;
    private long applicationOut;

    CountedConnection(Endpoint endpoint) {
        this.endpoint = endpoint;
        this.begin = endpoint.machine().now();
    }

    private static VarHandle handle(String field) {
        try {
            return MethodHandles.lookup().findVarHandle(CountedConnection.class, field, long.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    /** The socket has brought so many bytes; a negative number means its end. */
    final void countReceived(int bytes) {
        NETWORK_IN.setOpaque(this, networkIn + Math.max(0, bytes));
    }

    /** The operating system has taken so many bytes. */
    final void countSent(long bytes) {
        NETWORK_OUT.setOpaque(this, networkOut + bytes);
    }

    /** The handler has read so many bytes. */
    final void countTaken(int bytes) {
        APPLICATION_IN.setOpaque(this, applicationIn + bytes);
    }

    /** So many of the application's bytes have become network bytes. */
    final void countEncoded(long bytes) {
        APPLICATION_OUT.setOpaque(this, applicationOut + bytes);
    }

    /** Whether anything has come from the peer; on the strand. */
    final boolean heard() {
        return networkIn > 0;
    }

    @Override
    public final Duration age() {
        return Duration.ofNanos(endpoint.machine().now() - begin);
    }

    @Override
    public final Traffic traffic() {
        return new Traffic(
                (long) NETWORK_IN.getOpaque(this),
                (long) NETWORK_OUT.getOpaque(this),
                (long) APPLICATION_IN.getOpaque(this),
                (long) APPLICATION_OUT.getOpaque(this));
    }
}
