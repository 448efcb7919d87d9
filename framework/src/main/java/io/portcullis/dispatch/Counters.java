// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.Traffic;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What a connection has moved. Counted on the strand, at the price of an addition; read from any thread: each figure is whole
 * and never goes back, but may lag behind a turn that runs.
 */
final class Counters {
    private static final VarHandle NETWORK_IN = handle("networkIn");
    private static final VarHandle NETWORK_OUT = handle("networkOut");
    private static final VarHandle APPLICATION_IN = handle("applicationIn");
    private static final VarHandle APPLICATION_OUT = handle("applicationOut");

    private long networkIn;
    private long networkOut;
    private long applicationIn;
    private long applicationOut;

    private static VarHandle handle(String field) {
        try {
            return MethodHandles.lookup().findVarHandle(Counters.class, field, long.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    /** The socket has brought so many bytes; a negative number means its end. */
    void received(int bytes) {
        NETWORK_IN.setOpaque(this, networkIn + Math.max(0, bytes));
    }

    /** The operating system has taken so many bytes. */
    void sent(long bytes) {
        NETWORK_OUT.setOpaque(this, networkOut + bytes);
    }

    /** The handler has read so many bytes. */
    void taken(int bytes) {
        APPLICATION_IN.setOpaque(this, applicationIn + bytes);
    }

    /** So many of the application's bytes have become network bytes. */
    void encoded(long bytes) {
        APPLICATION_OUT.setOpaque(this, applicationOut + bytes);
    }

    /** How many of the application's bytes have become network bytes; on the strand. */
    long encoded() {
        return applicationOut;
    }

    /** How many bytes have come from the peer; on the strand. */
    long networkIn() {
        return networkIn;
    }

    /** All of it; from any thread. */
    Traffic traffic() {
        return new Traffic(
                (long) NETWORK_IN.getOpaque(this),
                (long) NETWORK_OUT.getOpaque(this),
                (long) APPLICATION_IN.getOpaque(this),
                (long) APPLICATION_OUT.getOpaque(this));
    }
}
