// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.internal.records.RecordFormat;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Follows the steps of a filter with a scripted engine, whose bytes are meaningless, until both directions wait or end.
 */
final class ScriptedDriver {
    private static final int RECORDS = 10;
    private static final int ENDLESS = 10_000;

    int secured;

    @Nullable
    TlsException failure;

    private final ScriptedSslEngine engine;
    private final Filter filter;
    private final ByteBuffer network;
    private final ByteBuffer source = ByteBuffer.allocate(200);
    private int steps;

    ScriptedDriver(ScriptedSslEngine engine, Filter filter, int recordSize) {
        this.engine = engine;
        this.filter = filter;
        this.network = records(RECORDS, recordSize);
    }

    /** Records of a type that may carry handshake messages. */
    static ByteBuffer records(int count, int size) {
        ByteBuffer records = ByteBuffer.allocate(count * size);
        byte[] header = {22, 3, 3, 0, (byte) (size - RecordFormat.LENGTH)};
        for (int i = 0; i < count; i++) {
            records.put(i * size, header);
        }
        return records;
    }

    /** Runs to the end of both directions; closes at once, or when nothing else remains to be done. */
    void run(boolean closes) {
        if (closes) {
            filter.closeOutput();
        }
        exchange();
        filter.closeOutput();
        filter.closeInput();
        exchange();
    }

    /** As long as one direction leaves work to the other. */
    private void exchange() {
        Step in = decode();
        Step out = encode();
        while (in == Step.NEED_ENCODE && out != Step.CLOSED) {
            in = decode();
            out = encode();
        }
    }

    private Step decode() {
        Step step = Step.PROGRESS;
        boolean again = true;
        while (again) {
            reframe();
            try {
                step = filter.decode(network, ByteBuffer.allocate(filter.applicationSpace()));
                again = follow(step);
            } catch (TlsException thrown) {
                failed(thrown);
            }
        }
        return step;
    }

    private Step encode() {
        Step step = Step.PROGRESS;
        boolean again = true;
        while (again) {
            try {
                step = filter.encode(source, ByteBuffer.allocate(filter.networkSpace()));
                again = follow(step);
            } catch (TlsException thrown) {
                failed(thrown);
            }
        }
        return step;
    }

    /** A script may consume part of a record; the network continues with the next whole one. */
    private void reframe() {
        int size = network.capacity() / RECORDS;
        network.position(Math.min(network.limit(), (network.position() + size - 1) / size * size));
    }

    /** Returns whether to call again. */
    private boolean follow(Step step) {
        assertTrue(++steps < ENDLESS, () -> "endless: " + step);
        return switch (step) {
            case PROGRESS, NEED_SPACE -> true;
            case NEED_INPUT -> false;
            case CLOSED -> {
                engine.forgetIdleCalls();
                yield false;
            }
            case NEED_ENCODE, NEED_DECODE -> false;
            case RUN_TASK -> {
                Runnable task = filter.task();
                assertNotNull(task, "RUN_TASK without a task");
                task.run();
                yield true;
            }
            case SECURED -> {
                secured++;
                engine.forgetIdleCalls();
                yield true;
            }
            case REPLACE -> throw new AssertionError(step);
        };
    }

    private void failed(TlsException thrown) {
        // The end of the network input is a second reason to fail only after the handshake, where it leaves the output
        // open.
        boolean truncated = failure != null && failure.failure() == HandshakeFailure.TRUNCATED;
        assertTrue(failure == null || (truncated && secured > 0), () -> "failed twice: " + failure + ", " + thrown);
        failure = thrown;
        engine.forgetIdleCalls();
        assertEquals(1, Math.max(1, secured));
    }
}
