// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.internal.records.Alert;
import io.portcullis.tls.ScriptedTlsEngine.Result;
import io.portcullis.tls.StepTable.Condition;
import io.portcullis.tls.spi.TlsEngine.Status;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The tables of {@link TlsFilter}'s Javadoc in executable form; they must be changed together. */
class TlsFilterTableTest {
    private static final String TABLE = """
            decode      completed   moved+output   moved       idle+output   idle
            OK          SECURED     NEED_ENCODE    PROGRESS    NEED_ENCODE   again
            NEED_INPUT  SECURED     NEED_ENCODE    PROGRESS    NEED_ENCODE   again
            NEED_SPACE  SECURED     NEED_SPACE     NEED_SPACE  NEED_SPACE*   NEED_SPACE*
            NEED_TASK   RUN_TASK*   RUN_TASK*      RUN_TASK*   RUN_TASK*     RUN_TASK*
            CLOSED      CLOSED      CLOSED         CLOSED      CLOSED        CLOSED
            encode      completed   moved+output   moved       idle+output   idle
            OK          SECURED     PROGRESS       PROGRESS    again         again
            NEED_INPUT  SECURED     PROGRESS       PROGRESS    again         NEED_DECODE
            NEED_SPACE  SECURED     NEED_SPACE     NEED_SPACE  NEED_SPACE*   NEED_SPACE*
            NEED_TASK   RUN_TASK*   RUN_TASK*      RUN_TASK*   RUN_TASK*     RUN_TASK*
            CLOSED      CLOSED      CLOSED         CLOSED      CLOSED        CLOSED
            """;

    static Stream<Arguments> cells() {
        List<Arguments> cells = new ArrayList<>();
        boolean decode = false;
        for (String line : TABLE.lines().toList()) {
            Scanner fields = new Scanner(line);
            String row = fields.next();
            if (fields.hasNext("completed")) {
                decode = row.equals("decode");
                continue;
            }
            for (Condition condition : Condition.values()) {
                cells.add(Arguments.of(
                        decode, Status.valueOf(row), condition, fields.next().replace("*", "")));
            }
        }
        assertEquals(50, cells.size());
        return cells.stream();
    }

    @ParameterizedTest(name = "decode {0}: {1} x {2} -> {3}")
    @MethodSource("cells")
    void returnsTheStepOfTheCell(boolean decode, Status status, Condition condition, String expected)
            throws TlsException {
        ScriptedTlsEngine engine = new ScriptedTlsEngine();
        boolean afterHandshake = !decode && condition != Condition.COMPLETED;
        TlsFilter filter = new TlsFilter(engine, false);
        if (afterHandshake) {
            secure(engine, filter);
        }
        engine.output = !decode && !afterHandshake;
        engine.task = () -> {};
        int moved = condition == Condition.MOVED || condition == Condition.MOVED_OUTPUT ? 20 : 0;
        boolean output = condition == Condition.MOVED_OUTPUT || condition == Condition.IDLE_OUTPUT;
        boolean complete = afterHandshake || condition == Condition.COMPLETED;
        engine.results.add(new Result(status, moved, moved, output, complete));
        boolean again = expected.equals("again");
        if (again) {
            engine.results.add(new Result(Status.OK, 20, 20, false, complete));
        }
        // Not enough space for decode only: encode checks the space before it calls the engine.
        boolean space = expected.equals("NEED_SPACE");
        String result = !decode && space && moved == 0 ? "again" : expected;
        if (result.equals("again") && !again) {
            engine.results.add(new Result(Status.OK, 20, 20, false, complete));
        }
        int room = space && decode ? ScriptedTlsEngine.PLAINTEXT_SIZE - 1 : 200;
        Step step = decode
                ? filter.decode(record(), ByteBuffer.allocate(room))
                : filter.encode(ByteBuffer.allocate(40), ByteBuffer.allocate(room));
        assertEquals(result.equals("again") ? Step.PROGRESS : Step.valueOf(result), step);
        assertEquals(result.equals("again") ? 2 : 1, engine.calls);
        assertEquals(step == Step.RUN_TASK, filter.task() != null);
    }

    private static TlsFilter secured(ScriptedTlsEngine engine) throws TlsException {
        TlsFilter filter = new TlsFilter(engine, false);
        secure(engine, filter);
        return filter;
    }

    private static void secure(ScriptedTlsEngine engine, TlsFilter filter) throws TlsException {
        engine.complete = true;
        assertEquals(Step.SECURED, filter.decode(ByteBuffer.allocate(0), ByteBuffer.allocate(0)));
    }

    /** A whole record of 20 bytes that a handshake may consist of. */
    private static ByteBuffer record() {
        return ByteBuffer.allocate(20).put(0, new byte[] {22, 3, 3, 0, 15});
    }

    private static ByteBuffer dataRecord() {
        return record().put(0, (byte) 23);
    }

    @Test
    void needSpaceDespiteEnoughSpaceIsRetried() throws TlsException {
        ScriptedTlsEngine engine = new ScriptedTlsEngine();
        engine.returns(Status.NEED_SPACE, 0, 0).returns(Status.OK, 20, 0);
        assertEquals(Step.PROGRESS, new TlsFilter(engine, false).decode(record(), ByteBuffer.allocate(80)));
        assertEquals(2, engine.calls);
    }

    @Test
    void needSpaceForLackOfSpaceMayBeReturnedAnyNumberOfTimes() throws TlsException {
        ScriptedTlsEngine engine = new ScriptedTlsEngine();
        TlsFilter filter = new TlsFilter(engine, false);
        for (int i = 0; i < 100; i++) {
            engine.returns(Status.NEED_SPACE, 0, 0);
            assertEquals(Step.NEED_SPACE, filter.decode(record(), ByteBuffer.allocate(79)));
        }
    }

    @Test
    @DisplayName("R13 NEED_TASK without a task, after a consumed record, waits for the next record")
    void needTaskWithoutATaskWaitsForTheNetwork() throws TlsException {
        ScriptedTlsEngine engine = new ScriptedTlsEngine();
        engine.returns(Status.NEED_TASK, 20, 0);
        TlsFilter filter = new TlsFilter(engine, false);
        ByteBuffer network = record();
        assertEquals(Step.PROGRESS, filter.decode(network, ByteBuffer.allocate(80)));
        assertEquals(Step.NEED_INPUT, filter.decode(network, ByteBuffer.allocate(80)));
        assertEquals(1, engine.calls);
        assertFalse(network.hasRemaining());
    }

    @Test
    void taskThatIsNotTakenIsRequestedAgainWithoutTheEngine() throws TlsException {
        ScriptedTlsEngine engine = new ScriptedTlsEngine();
        engine.returns(Status.NEED_TASK, 20, 0);
        engine.task = () -> {};
        TlsFilter filter = new TlsFilter(engine, false);
        ByteBuffer network = record();
        for (int i = 0; i < 10; i++) {
            assertEquals(Step.RUN_TASK, filter.decode(network, ByteBuffer.allocate(80)));
        }
        assertEquals(1, engine.calls);
    }

    @Test
    @DisplayName("R16 a task that throws fails the connection")
    void taskThatThrowsFailsTheConnection() throws TlsException {
        ScriptedTlsEngine engine = new ScriptedTlsEngine();
        engine.returns(Status.NEED_TASK, 20, 0);
        IllegalStateException thrown = new IllegalStateException("from the task");
        engine.task = () -> {
            throw thrown;
        };
        TlsFilter filter = new TlsFilter(engine, false);
        assertEquals(Step.RUN_TASK, filter.decode(record(), ByteBuffer.allocate(80)));
        Runnable task = filter.task();
        assertNotNull(task);
        assertNull(filter.task());
        task.run();
        TlsException failure = assertThrows(TlsException.class, () -> filter.decode(record(), ByteBuffer.allocate(80)));
        assertEquals(HandshakeFailure.OTHER, failure.failure());
        assertSame(thrown, failure.getCause());
    }

    @ParameterizedTest
    @EnumSource(
            value = Status.class,
            names = {"OK", "NEED_INPUT", "NEED_SPACE", "NEED_TASK"})
    @DisplayName("R13 the third result in a row without progress is the last")
    void thirdIdleResultIsTheLast(Status status) {
        ScriptedTlsEngine engine = new ScriptedTlsEngine();
        for (int i = 0; i < 10; i++) {
            engine.returns(status, 0, 0);
        }
        TlsFilter filter = new TlsFilter(engine, false);
        TlsException failure = assertThrows(TlsException.class, () -> filter.decode(record(), ByteBuffer.allocate(80)));
        assertEquals(HandshakeFailure.ENGINE_STALLED, failure.failure());
        assertEquals(3, engine.calls);
    }

    @Test
    @DisplayName("R13 encode does not call an engine that waits for the peer")
    void encodeLeavesAnEngineAloneThatWaits() throws TlsException {
        ScriptedTlsEngine engine = new ScriptedTlsEngine();
        TlsFilter filter = secured(engine);
        engine.returns(Status.NEED_INPUT, 0, 0);
        for (int i = 0; i < 100; i++) {
            assertEquals(Step.NEED_DECODE, filter.encode(ByteBuffer.allocate(40), ByteBuffer.allocate(100)));
        }
        assertEquals(1, engine.calls);
        engine.returns(Status.OK, 20, 15).returns(Status.OK, 40, 60);
        assertEquals(Step.PROGRESS, filter.decode(dataRecord(), ByteBuffer.allocate(80)));
        assertEquals(Step.PROGRESS, filter.encode(ByteBuffer.allocate(40), ByteBuffer.allocate(100)));
    }

    private static void quiet(ScriptedTlsEngine engine, TlsFilter filter) throws TlsException {
        engine.returns(Status.OK, 20, 0);
        assertEquals(Step.PROGRESS, filter.decode(dataRecord(), ByteBuffer.allocate(80)));
    }

    private static void data(ScriptedTlsEngine engine, TlsFilter filter, int length) throws TlsException {
        engine.returns(Status.OK, 20, length);
        assertEquals(Step.PROGRESS, filter.decode(dataRecord(), ByteBuffer.allocate(1000)));
    }

    private static void assertFloods(ScriptedTlsEngine engine, TlsFilter filter) {
        TlsException failure = assertThrows(TlsException.class, () -> quiet(engine, filter));
        assertEquals(HandshakeFailure.RECORD_FLOOD, failure.failure());
        assertTrue(filter.hasOutput());
    }

    @Test
    @DisplayName("R18 more than 32 records without data end the connection")
    void floodOfQuietRecordsEndsTheConnection() throws TlsException {
        ScriptedTlsEngine engine = new ScriptedTlsEngine();
        TlsFilter filter = secured(engine);
        for (int i = 0; i < RecordGuard.QUIET_LIMIT; i++) {
            quiet(engine, filter);
        }
        assertFloods(engine, filter);
    }

    @Test
    @DisplayName("R18 records that cost much and carry little are a flood, in any mixture")
    void quietRecordsAndSingleBytesInTurnEndTheConnection() throws TlsException {
        ScriptedTlsEngine engine = new ScriptedTlsEngine();
        TlsFilter filter = secured(engine);
        int pairs = RecordGuard.QUIET_LIMIT * RecordGuard.RECORDS_FOR_ONE / (RecordGuard.RECORDS_FOR_ONE - 1);
        for (int i = 0; i < pairs; i++) {
            quiet(engine, filter);
            data(engine, filter, 1);
        }
        assertFloods(engine, filter);
    }

    @Test
    @DisplayName("R18 512 bytes, or sixteen small records, are the credit for a record without data")
    void dataPaysForQuietRecords() throws TlsException {
        ScriptedTlsEngine engine = new ScriptedTlsEngine();
        TlsFilter filter = secured(engine);
        for (int i = 0; i < 1000; i++) {
            quiet(engine, filter);
            data(engine, filter, RecordGuard.BYTES_FOR_ONE);
            quiet(engine, filter);
            for (int small = 0; small < RecordGuard.RECORDS_FOR_ONE; small++) {
                data(engine, filter, 1);
            }
        }
    }

    @Test
    @DisplayName("R18 data sent is credit for the records without data of a peer that only answers KeyUpdates")
    void sentDataPaysForQuietRecords() throws TlsException {
        ScriptedTlsEngine engine = new ScriptedTlsEngine();
        TlsFilter filter = secured(engine);
        for (int i = 0; i < 1000; i++) {
            quiet(engine, filter);
            for (int sent = 0; sent < RecordGuard.RECORDS_FOR_ONE; sent++) {
                engine.returns(Status.OK, 40, 60);
                assertEquals(Step.PROGRESS, filter.encode(ByteBuffer.allocate(40), ByteBuffer.allocate(100)));
            }
        }
    }

    @Test
    @DisplayName("R27 a million records need no stack")
    void millionRecordsNeedNoStack() throws InterruptedException {
        ScriptedTlsEngine engine = new ScriptedTlsEngine();
        TlsFilter filter = new TlsFilter(engine, false);
        List<Throwable> thrown = new ArrayList<>();
        Thread thread = new Thread(
                null,
                () -> assertDoesNotThrow(() -> {
                    secure(engine, filter);
                    ByteBuffer network = ByteBuffer.allocate(2000);
                    for (int i = 0; i < 2000; i += 20) {
                        network.put(i, dataRecord().array());
                    }
                    ByteBuffer application = ByteBuffer.allocate(80);
                    for (int i = 0; i < 1_000_000; i++) {
                        engine.returns(Status.OK, 20, 1);
                        assertEquals(
                                Step.PROGRESS,
                                filter.decode(network.hasRemaining() ? network : network.clear(), application));
                        application.clear();
                    }
                }),
                "small stack",
                256 * 1024);
        thread.setUncaughtExceptionHandler((where, what) -> thrown.add(what));
        thread.start();
        thread.join();
        assertEquals(List.of(), thrown);
        assertEquals(1_000_000, engine.calls);
    }

    @Test
    void closeOfThePeerDuringTheHandshakeEndsTheOutputToo() throws TlsException {
        ScriptedTlsEngine engine = new ScriptedTlsEngine();
        engine.returns(Status.CLOSED, 20, 0);
        TlsFilter filter = new TlsFilter(engine, false);
        assertEquals(Step.CLOSED, filter.decode(record(), ByteBuffer.allocate(80)));
        assertTrue(filter.hasOutput());
        assertEquals(Step.CLOSED, filter.encode(ByteBuffer.allocate(0), ByteBuffer.allocate(100)));
        assertFalse(filter.hasOutput());
        assertTrue(engine.outboundClosed);
    }

    @Test
    void theAlertIsTheEnginesLastOutput() throws TlsException {
        ScriptedTlsEngine engine = new ScriptedTlsEngine();
        TlsFilter filter = new TlsFilter(engine, false);
        engine.output = true;
        engine.returns(Status.OK, 0, 60);
        filter.encode(ByteBuffer.allocate(0), ByteBuffer.allocate(100));
        engine.returns(Status.OK, 20, 0);
        filter.decode(record(), ByteBuffer.allocate(80));
        assertThrows(TlsException.class, () -> filter.decode(ByteBuffer.wrap(new byte[20]), ByteBuffer.allocate(80)));
        engine.output = true;
        engine.alerts = true;
        engine.results.add(new Result(Status.OK, 0, 50, false, false));
        engine.results.add(new Result(Status.OK, 0, 7, false, false));
        ByteBuffer network = ByteBuffer.allocate(200);
        assertEquals(Step.PROGRESS, filter.encode(ByteBuffer.allocate(0), network));
        assertEquals(-1, engine.failedBy, "queued output is sent first");
        assertEquals(Step.CLOSED, filter.encode(ByteBuffer.allocate(0), network));
        assertEquals(Alert.UNEXPECTED_MESSAGE.number(), engine.failedBy);
        assertEquals(57, network.position());
    }

    @Test
    void freesItsEngine() {
        ScriptedTlsEngine engine = new ScriptedTlsEngine();
        new TlsFilter(engine, false).free();
        assertEquals(1, engine.freed);
    }
}
