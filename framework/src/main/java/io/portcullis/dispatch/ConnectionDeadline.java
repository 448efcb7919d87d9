// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

/**
 * The one deadline that a connection has at any time. Activity only writes down the time; a look at the connection is
 * planned for the earliest moment at which the deadline can pass, and when it comes too early it is planned again. So a
 * request costs no timer operation. Touched by the strand alone; the timer raises a signal and nothing else.
 */
final class ConnectionDeadline {
    private static final long NEVER = Long.MAX_VALUE;

    private final Machine machine;
    private final ConnectionSettings settings;
    private final Runnable look;

    private Phase phase = Phase.OPENING;
    private long phaseSince;
    private long lastActivity;
    private boolean writing;

    private boolean planned;
    private long plannedFor;
    private Runnable cancel = () -> {};

    ConnectionDeadline(Machine machine, ConnectionSettings settings, Strand strand) {
        this.machine = machine;
        this.settings = settings;
        this.look = () -> strand.signal(Signal.DEADLINE);
    }

    /** Bytes have moved. */
    void active() {
        lastActivity = machine.now();
    }

    /** A turn ends in this phase, with a write outstanding or not. */
    void plan(Phase now, boolean writeOutstanding) {
        boolean changed = now != phase || phaseSince == 0;
        if (changed) {
            phase = now;
            phaseSince = machine.now();
            lastActivity = phaseSince;
        }
        if (changed || (writeOutstanding && !writing) || !planned) {
            writing = writeOutstanding;
            planFor(expiry());
        }
        writing = writeOutstanding;
    }

    /** The planned look has come; returns whether the deadline has passed. */
    boolean passed() {
        planned = false;
        return expiry() - machine.now() <= 0;
    }

    void cancel() {
        cancel.run();
        planned = true;
        plannedFor = NEVER;
    }

    private long expiry() {
        return switch (phase) {
            case OPENING -> phaseSince + settings.handshake();
            case OPEN -> lastActivity + (writing ? Math.min(settings.write(), settings.idle()) : settings.idle());
            case CLOSING -> lastActivity + settings.close();
            case LINGERING -> phaseSince + settings.close();
            case ENDED -> NEVER;
        };
    }

    private void planFor(long expiry) {
        if (phase == Phase.ENDED || planned && plannedFor - expiry <= 0) {
            return;
        }
        cancel.run();
        planned = true;
        plannedFor = expiry;
        cancel = machine.schedule(look, Math.max(0, expiry - machine.now()));
    }
}
