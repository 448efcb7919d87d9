// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.trace;

import io.portcullis.ConnectionLog;
import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.internal.log.Guard;
import io.portcullis.internal.log.LogContext;
import io.portcullis.internal.loop.Clock;
import io.portcullis.internal.wire.TappedTransport;
import io.portcullis.internal.wire.Wire;
import io.portcullis.tls.HandshakeTrace;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs the handshake and the traffic of one connection, in the order of events, whichever thread they occur on. */
public final class TracedConnection implements TappedTransport.Tap {
    private static final Logger HANDSHAKE = LoggerFactory.getLogger("io.portcullis.handshake");
    private static final Logger WIRE = LoggerFactory.getLogger("io.portcullis.wire");

    /** A limit, because a peer could otherwise flood the log. */
    private static final int STEPS = 64;

    private final Clock clock;
    private final long begin;
    private final long id;
    private final String name;
    private final Direction received;
    private final Direction sent;

    /** The lines to be logged, one after the other, by the thread that finds no other doing so. */
    private final Queue<Runnable> lines = new ConcurrentLinkedQueue<>();

    private final AtomicInteger waiting = new AtomicInteger();

    /** Null once the handshake is over. */
    private volatile @Nullable HandshakeTrace trace;

    private int steps;

    public TracedConnection(Clock clock, Wire wire, ConnectionLog log) {
        this.clock = clock;
        this.begin = clock.now();
        this.id = wire.id();
        this.name = "connection " + Long.toHexString(id) + " from "
                + ForeignText.of(String.valueOf(wire.remoteAddress())) + " at " + wire.localAddress();
        this.received = new Direction("received", log.wireBytes());
        this.sent = new Direction("sent", log.wireBytes());
        this.trace = log.handshake() ? new HandshakeTrace(this::step) : null;
    }

    @Override
    public void received(ByteBuffer bytes) {
        passed(received, bytes);
    }

    @Override
    public void sent(ByteBuffer bytes) {
        passed(sent, bytes);
    }

    @Override
    public void ended() {
        log("the peer has ended its stream");
    }

    /** Logs an event of the handshake, or before it. */
    void log(String what) {
        if (trace != null) {
            long time = clock.now();
            inOrder(() -> write(HANDSHAKE, time, what));
        }
    }

    /** Called when the handshake is over. */
    void handshakeOver() {
        inOrder(() -> trace = null);
    }

    private void step(String what) {
        if (++steps <= STEPS) {
            write(HANDSHAKE, clock.now(), what);
        }
    }

    private void passed(Direction direction, ByteBuffer bytes) {
        if (trace == null && direction.complete) {
            return;
        }
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        long time = clock.now();
        inOrder(() -> {
            direction.show(copy, time);
            HandshakeTrace reader = trace;
            if (reader != null && direction.equals(received)) {
                reader.received(ByteBuffer.wrap(copy));
            } else if (reader != null) {
                reader.sent(ByteBuffer.wrap(copy));
            }
        });
    }

    private void inOrder(Runnable line) {
        lines.add(line);
        if (waiting.getAndIncrement() == 0) {
            do {
                Runnable next = lines.poll();
                if (next != null) {
                    Guard.quietly(next);
                }
            } while (waiting.decrementAndGet() > 0);
        }
    }

    private void write(Logger logger, long time, String what) {
        long micros = TimeUnit.NANOSECONDS.toMicros(time - begin);
        LogContext.with(id, () -> logger.info("{}: after {} us {}", name, micros, what));
    }

    /** One of the two directions, of which a limited number of bytes is shown. */
    private final class Direction {
        private final String verb;
        private final int shown;
        private long offset;
        private volatile boolean complete;

        Direction(String verb, int shown) {
            this.verb = verb;
            this.shown = shown;
            this.complete = shown == 0;
        }

        void show(byte[] bytes, long time) {
            if (complete) {
                return;
            }
            int length = (int) Math.min(bytes.length, shown - offset);
            String rest = length < bytes.length
                    ? String.format("%nThe rest is not shown: the limit is %d bytes.", shown)
                    : "";
            write(
                    WIRE,
                    time,
                    verb + " " + bytes.length + " B" + HexDump.of(Arrays.copyOf(bytes, length), offset) + rest);
            offset += length;
            complete = length < bytes.length;
        }
    }
}
