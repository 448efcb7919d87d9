// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One end of a connection in memory: follows the steps of a filter exactly, and verifies that they keep their
 * guarantees.
 */
final class FilterEnd {
    private static final int ENDLESS = 1000;
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    final ByteArrayOutputStream received = new ByteArrayOutputStream();
    Filter filter;
    int secured;
    int quietRecords;
    boolean inputClosed;
    boolean outputClosed;
    boolean endsNetwork = true;

    @Nullable
    TlsException failure;

    private final Wire in;
    private final Wire out;
    private final boolean direct;
    private final IntSupplier networkPiece;
    private final IntSupplier applicationPiece;
    private ByteBuffer network;
    private ByteBuffer application;
    private ByteBuffer target = EMPTY;
    private ByteBuffer toSend = EMPTY;
    private boolean closesAfterSending;
    private boolean toldEnd;
    private int idleSteps;

    FilterEnd(
            Filter filter, Wire in, Wire out, boolean direct, IntSupplier networkPiece, IntSupplier applicationPiece) {
        this.filter = filter;
        this.in = in;
        this.out = out;
        this.direct = direct;
        this.networkPiece = networkPiece;
        this.applicationPiece = applicationPiece;
        this.network = allocate(filter.networkSpace()).limit(0);
        this.application = allocate(filter.applicationSpace());
    }

    private ByteBuffer allocate(int size) {
        return direct ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size);
    }

    void send(byte... data) {
        assertFalse(toSend.hasRemaining());
        toSend = direct
                ? ByteBuffer.allocateDirect(data.length).put(data).flip()
                : ByteBuffer.wrap(data).asReadOnlyBuffer();
    }

    boolean sentAll() {
        return !toSend.hasRemaining();
    }

    void close() {
        closesAfterSending = true;
    }

    /** Reads one piece from the network, decodes and encodes; returns whether anything happened. */
    boolean turn() {
        idleSteps = 0;
        boolean moved = readNetwork();
        moved |= decode();
        moved |= encode();
        return moved;
    }

    /** Encodes, as if nothing had arrived. */
    boolean speak() {
        idleSteps = 0;
        return encode();
    }

    private boolean readNetwork() {
        network.compact();
        if (network.capacity() < filter.networkSpace()) {
            network = allocate(filter.networkSpace()).put(network.flip());
        }
        int length = in.read(network, networkPiece.getAsInt());
        network.flip();
        if (in.atEnd() && !toldEnd) {
            toldEnd = true;
            filter.closeInput();
            return true;
        }
        return length > 0;
    }

    private boolean decode() {
        boolean moved = false;
        boolean again = !inputClosed;
        while (again) {
            int offered = network.remaining();
            Step step;
            try {
                step = filter.decode(network, application);
            } catch (TlsException thrown) {
                failed(thrown);
                return true;
            }
            int produced = application.position();
            int consumed = offered - network.remaining();
            quietRecords += secured > 0 && consumed > 0 && produced == 0 ? 1 : 0;
            drain();
            moved |= consumed + produced > 0;
            again = follow(step, consumed + produced > 0);
            moved |= again;
        }
        return moved;
    }

    private void drain() {
        application.flip();
        byte[] bytes = new byte[application.remaining()];
        application.get(bytes);
        received.writeBytes(bytes);
        application.clear();
    }

    /** Returns whether to call decode again. */
    private boolean follow(Step step, boolean moved) {
        idleSteps = moved ? 0 : idleSteps + 1;
        assertTrue(idleSteps < ENDLESS && (moved || step != Step.PROGRESS), () -> "endless: " + step);
        return switch (step) {
            case PROGRESS -> moved;
            case NEED_INPUT -> {
                boolean full = network.remaining() == network.capacity();
                assertFalse(full && network.capacity() >= filter.networkSpace(), "a full buffer is not enough");
                yield false;
            }
            case NEED_SPACE -> {
                application = allocate(filter.applicationSpace());
                yield true;
            }
            case NEED_ENCODE -> {
                encode();
                yield !outputClosed;
            }
            case RUN_TASK -> {
                runTask();
                yield true;
            }
            case SECURED -> {
                secured();
                yield true;
            }
            case REPLACE -> {
                filter = filter.successor();
                application = allocate(filter.applicationSpace());
                yield true;
            }
            case CLOSED -> {
                inputClosed = true;
                yield false;
            }
            case NEED_DECODE -> throw new AssertionError("decode returns " + step);
        };
    }

    private void runTask() {
        Runnable task = filter.task();
        assertNotNull(task, "RUN_TASK without a task");
        task.run();
    }

    private void secured() {
        secured++;
        assertNotNull(filter.session(), "secured without a session");
    }

    private void failed(TlsException thrown) {
        assertEquals(null, failure, "failed a second time");
        failure = thrown;
    }

    private boolean encode() {
        boolean moved = false;
        boolean again = !outputClosed;
        if (target.capacity() < filter.networkSpace()) {
            target = allocate(filter.networkSpace());
        }
        while (again) {
            if (closesAfterSending && !toSend.hasRemaining()) {
                filter.closeOutput();
            }
            ByteBuffer source = toSend.slice();
            source.limit(Math.min(source.remaining(), applicationPiece.getAsInt()));
            boolean announced = filter.hasOutput();
            int offered = source.remaining();
            Step step;
            try {
                step = filter.encode(source, target.clear());
            } catch (TlsException thrown) {
                failed(thrown);
                out.write(target.flip());
                continue;
            }
            toSend.position(toSend.position() + source.position());
            boolean wrote = target.position() > 0;
            assertTrue(wrote || source.position() == 0, "application bytes vanished");
            if (offered == 0) {
                boolean did = wrote || step == Step.SECURED || step == Step.CLOSED;
                assertEquals(announced, did, () -> "hasOutput against what encode did: " + step);
            }
            out.write(target.flip());
            moved |= wrote || step == Step.SECURED || step == Step.CLOSED;
            again = follow(step, wrote, offered);
        }
        return moved;
    }

    /** Returns whether to call encode again. */
    private boolean follow(Step step, boolean moved, int offered) {
        idleSteps = moved ? 0 : idleSteps + 1;
        assertTrue(idleSteps < ENDLESS && (moved || step != Step.PROGRESS), () -> "endless: " + step);
        return switch (step) {
            case PROGRESS -> {
                assertTrue(moved, "progress without a byte");
                yield true;
            }
            case NEED_INPUT -> {
                assertEquals(0, offered, "NEED_INPUT although bytes were offered");
                yield false;
            }
            case NEED_DECODE -> false;
            case RUN_TASK -> {
                runTask();
                yield true;
            }
            case SECURED -> {
                secured();
                yield true;
            }
            case CLOSED -> {
                outputClosed = true;
                if (endsNetwork) {
                    out.end();
                }
                yield false;
            }
            case NEED_SPACE, NEED_ENCODE, REPLACE -> throw new AssertionError("encode returns " + step);
        };
    }

    /** It has failed. */
    TlsException assertFailed() {
        TlsException thrown = failure;
        assertNotNull(thrown, "nothing failed");
        return thrown;
    }

    /** It has failed for this reason, and both directions are permanently closed. */
    TlsException assertFailed(HandshakeFailure expected) {
        TlsException thrown = failure;
        assertNotNull(thrown, "nothing failed");
        assertEquals(expected, thrown.failure(), thrown::toString);
        assertClosedForEver();
        return thrown;
    }

    void assertClosedForEver() {
        for (int i = 0; i < 3; i++) {
            assertEquals(Step.CLOSED, assertDoesNotThrow(() -> filter.encode(EMPTY, allocate(filter.networkSpace()))));
            assertEquals(
                    Step.CLOSED, assertDoesNotThrow(() -> filter.decode(EMPTY, allocate(filter.applicationSpace()))));
            assertFalse(filter.hasOutput());
            filter.closeOutput();
            filter.closeInput();
        }
    }
}
