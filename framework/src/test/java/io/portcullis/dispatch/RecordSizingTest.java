// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.internal.parts.RecordSizing;
import io.portcullis.tls.Step;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The sizes of the records that a connection writes. */
class RecordSizingTest {
    private static final int LARGE = 200_000;
    private static final int FIRST_FLIGHT = 10;

    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final RecordingHandler handler = RecordingHandler.echo();
    private final RecordFilter filter = new RecordFilter();

    /** Records how many bytes it is given for each record. */
    private static final class RecordFilter extends FrameFilter {
        final List<Integer> records = new ArrayList<>();

        RecordFilter() {
            super(false);
        }

        @Override
        public Step encode(ByteBuffer application, ByteBuffer network) {
            int length = Math.min(application.remaining(), RecordSizing.FULL);
            if (session() == null || length == 0) {
                return super.encode(application, network);
            }
            if (network.remaining() < length) {
                return Step.NEED_SPACE;
            }
            records.add(length);
            network.put(new byte[length]);
            application.position(application.position() + length);
            return Step.PROGRESS;
        }

        @Override
        public int networkSpace() {
            return RecordSizing.FULL;
        }
    }

    @BeforeEach
    void connects() {
        transport.receive(FrameFilter.frame(FrameFilter.HELLO));
        machine.start(transport, filter, handler);
    }

    @Test
    void theFirstRecordsFitIntoOneSegmentEach() {
        write(LARGE);
        assertEquals(FIRST_FLIGHT, smallRecords());
        assertEquals(FIRST_FLIGHT, filter.records.indexOf(RecordSizing.FULL));
    }

    @Test
    void aConnectionThatContinuesSendsFullRecords() {
        write(LARGE);
        filter.records.clear();
        write(LARGE);
        assertEquals(0, smallRecords());
    }

    @Test
    void afterASecondWithoutSendingTheRecordsAreSmallAgain() {
        write(LARGE);
        filter.records.clear();
        machine.advance(Duration.ofMillis(1001));
        write(LARGE);
        assertEquals(FIRST_FLIGHT, smallRecords());
    }

    @Test
    void smallResponsesKeepTheWindowOpen() {
        write(LARGE);
        for (int i = 0; i < 4; i++) {
            machine.advance(Duration.ofMillis(500));
            write(100);
        }
        filter.records.clear();
        write(LARGE);
        assertEquals(0, smallRecords());
    }

    @Test
    void nothingIsLostForAnySizes() {
        int total = 0;
        for (int size : new int[] {1, RecordSizing.SMALL, RecordSizing.SMALL + 1, RecordSizing.FULL, LARGE}) {
            total += size;
            write(size);
        }
        assertEquals(total, filter.records.stream().mapToInt(Integer::intValue).sum());
        assertTrue(filter.records.stream().allMatch(size -> size <= RecordSizing.FULL));
    }

    private void write(int size) {
        handler.connection().execute(() -> handler.connection().write(ByteBuffer.allocate(size)));
        transport.completeAll();
    }

    /** All but the last one, which contains the remainder. */
    private long smallRecords() {
        return filter.records.stream()
                .limit(filter.records.size() - 1L)
                .filter(size -> size == RecordSizing.SMALL)
                .count();
    }
}
