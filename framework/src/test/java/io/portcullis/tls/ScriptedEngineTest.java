// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.internal.engine.SslEngineAdapter;
import io.portcullis.tls.ScriptedSslEngine.Result;
import io.portcullis.tls.spi.TlsEngine;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Engines with arbitrary faults, with the adapter and the filter. */
class ScriptedEngineTest {
    private static final String SEED = "portcullis.seed";
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);
    private static final int RECORD = 20;
    private static final List<HandshakeStatus> STATES = List.of(HandshakeStatus.values());
    private static final List<Status> STATUSES = List.of(Status.values());

    /** The state of the connection when the script begins. */
    enum Phase {
        HANDSHAKE,
        ESTABLISHED,
        CLOSING
    }

    static Stream<Arguments> combinations() {
        List<Arguments> all = new ArrayList<>();
        for (Phase phase : Phase.values()) {
            for (Status status : STATUSES) {
                for (HandshakeStatus handshake : STATES) {
                    all.add(Arguments.of(phase, status, handshake, 0));
                    all.add(Arguments.of(phase, status, handshake, 5));
                }
            }
        }
        return all.stream();
    }

    @ParameterizedTest(name = "{0}: {1}, {2}, {3} bytes")
    @MethodSource("combinations")
    @DisplayName("R13 the same result forever never causes a busy loop")
    void sameResultForeverNeverSpins(Phase phase, Status status, HandshakeStatus handshake, int bytes) {
        for (int tasks : new int[] {0, 1, Integer.MAX_VALUE}) {
            for (HandshakeStatus before : STATES) {
                ScriptedSslEngine engine = new ScriptedSslEngine(before);
                engine.tasks = tasks;
                if (phase != Phase.HANDSHAKE) {
                    engine.returns(Status.OK, HandshakeStatus.FINISHED, RECORD);
                }
                engine.returns(status, handshake, bytes);
                drive(engine, phase);
            }
        }
    }

    @Test
    @DisplayName("R13 random scripts never cause a busy loop")
    void randomScriptsNeverSpin() {
        long seed = Long.getLong(SEED, System.nanoTime());
        System.out.println("-D" + SEED + "=" + seed);
        Random random = new Random(seed);
        int scripts = Boolean.getBoolean("portcullis.long") ? 1_000_000 : 50_000;
        for (int script = 0; script < scripts; script++) {
            ScriptedSslEngine engine = new ScriptedSslEngine(pick(random, STATES));
            engine.tasks = random.nextInt(3);
            engine.ambiguousClosed = random.nextBoolean();
            int length = 1 + random.nextInt(12);
            for (int i = 0; i < length; i++) {
                engine.results.add(randomResult(random));
            }
            int number = script;
            Phase phase = pick(random, List.of(Phase.values()));
            assertDoesNotThrow(() -> drive(engine, phase), () -> "script " + number + " of seed " + seed);
        }
    }

    private static Result randomResult(Random random) {
        Exception thrown = switch (random.nextInt(40)) {
            case 0 -> new SSLException("scripted");
            case 1 -> new IllegalStateException("scripted");
            default -> null;
        };
        Status status = random.nextInt(3) == 0 ? pick(random, STATUSES) : Status.OK;
        int bytes = random.nextBoolean() ? 0 : 1 + random.nextInt(RECORD);
        int growth = random.nextInt(10) == 0 ? random.nextInt(9000) : 0;
        return new Result(status, pick(random, STATES), bytes, thrown, growth);
    }

    private static <T> T pick(Random random, List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    /** Follows the steps with ten records to decode and some bytes to encode, and checks that this ends. */
    private static void drive(ScriptedSslEngine engine, Phase phase) {
        TlsFilter filter = JdkEngines.filter(engine);
        ScriptedDriver driver = new ScriptedDriver(engine, filter, RECORD);
        driver.run(phase == Phase.CLOSING);
        // A failed engine is asked for its alert, and made to produce one
        int most = driver.failure == null ? 3 : 6;
        assertTrue(engine.mostIdleCalls <= most, () -> engine.mostIdleCalls + " calls in a row moved nothing");
        assertTrue(driver.secured <= 1, "secured twice");
        if (driver.failure != null) {
            assertEquals(Step.CLOSED, assertDoesNotThrow(() -> filter.decode(EMPTY, EMPTY)));
            assertEquals(Step.CLOSED, assertDoesNotThrow(() -> filter.encode(EMPTY, EMPTY)));
            assertFalse(filter.hasOutput());
        }
    }

    @Test
    @DisplayName("R13 a stalled engine fails with a clear exception")
    void engineThatStallsEndsClearly() {
        ScriptedSslEngine engine = new ScriptedSslEngine(HandshakeStatus.NEED_UNWRAP);
        engine.returns(Status.OK, HandshakeStatus.NEED_UNWRAP, 0);
        ScriptedDriver driver = new ScriptedDriver(engine, JdkEngines.filter(engine), RECORD);
        driver.run(false);
        assertFailure(HandshakeFailure.ENGINE_STALLED, driver.failure);
    }

    @Test
    @DisplayName("R13 an engine that waits for a peer whose stream has ended fails instead of waiting forever")
    void waitingForAPeerThatHasEndedFails() throws TlsException {
        ScriptedSslEngine engine = new ScriptedSslEngine(HandshakeStatus.NEED_UNWRAP);
        engine.returns(Status.OK, HandshakeStatus.FINISHED, RECORD).returns(Status.OK, HandshakeStatus.NEED_UNWRAP, 0);
        TlsFilter filter = JdkEngines.filter(engine);
        ByteBuffer space = ByteBuffer.allocate(1000);
        assertEquals(Step.SECURED, filter.decode(ScriptedDriver.records(1, RECORD), space));
        filter.closeOutput();
        filter.closeInput();
        assertFailure(HandshakeFailure.TRUNCATED, assertThrows(TlsException.class, () -> filter.decode(EMPTY, space)));
        assertFailure(
                HandshakeFailure.ENGINE_STALLED, assertThrows(TlsException.class, () -> filter.encode(EMPTY, space)));
        assertEquals(Step.CLOSED, filter.decode(EMPTY, space));
        assertEquals(Step.CLOSED, filter.encode(EMPTY, space));
    }

    @Test
    @DisplayName("R13 NEED_TASK without a task does not stop the handshake")
    void needTaskWithoutATaskDoesNotStopTheHandshake() {
        ScriptedSslEngine engine = new ScriptedSslEngine(HandshakeStatus.NEED_UNWRAP);
        engine.returns(Status.OK, HandshakeStatus.NEED_TASK, RECORD)
                .returns(Status.OK, HandshakeStatus.FINISHED, RECORD)
                .returns(Status.OK, HandshakeStatus.NOT_HANDSHAKING, RECORD);
        ScriptedDriver driver = new ScriptedDriver(engine, JdkEngines.filter(engine), RECORD);
        driver.run(false);
        assertEquals(1, driver.secured);
    }

    @Test
    @DisplayName("R13 an engine with endless tasks is stopped")
    void tasksWithoutEndAreStopped() {
        ScriptedSslEngine engine = new ScriptedSslEngine(HandshakeStatus.NEED_UNWRAP);
        engine.tasks = Integer.MAX_VALUE;
        engine.returns(Status.OK, HandshakeStatus.NEED_TASK, 0);
        ScriptedDriver driver = new ScriptedDriver(engine, JdkEngines.filter(engine), RECORD);
        driver.run(false);
        assertFailure(HandshakeFailure.ENGINE_STALLED, driver.failure);
        assertTrue(Integer.MAX_VALUE - engine.tasks < 100);
    }

    @Test
    @DisplayName("R14 growing buffer sizes are requested once each, up to the limit")
    void growingSizesAreFollowedUpToTheLimit() throws TlsException {
        ScriptedSslEngine engine = new ScriptedSslEngine(HandshakeStatus.NEED_UNWRAP);
        int growth = SslEngineAdapter.LARGEST_BUFFER - ScriptedSslEngine.PACKET_SIZE;
        engine.grows(growth).returns(Status.OK, HandshakeStatus.NEED_UNWRAP, RECORD);
        TlsFilter filter = JdkEngines.filter(engine);
        ByteBuffer network = ScriptedDriver.records(1, RECORD);
        assertEquals(Step.NEED_SPACE, filter.decode(network, ByteBuffer.allocate(filter.applicationSpace())));
        assertEquals(ScriptedSslEngine.APPLICATION_SIZE + growth, filter.applicationSpace());
        assertEquals(SslEngineAdapter.LARGEST_BUFFER, filter.networkSpace());
        assertEquals(Step.PROGRESS, filter.decode(network, ByteBuffer.allocate(filter.applicationSpace())));
        assertEquals(2, engine.calls);
    }

    @Test
    @DisplayName("R14 buffer sizes above the limit fail with a clear exception")
    void sizesAboveTheLimitEndClearly() {
        ScriptedSslEngine engine = new ScriptedSslEngine(HandshakeStatus.NEED_UNWRAP);
        engine.grows(SslEngineAdapter.LARGEST_BUFFER - ScriptedSslEngine.PACKET_SIZE + 1);
        TlsFilter filter = JdkEngines.filter(engine);
        TlsException failure = assertThrows(
                TlsException.class, () -> filter.decode(ScriptedDriver.records(1, RECORD), ByteBuffer.allocate(100)));
        assertFailure(HandshakeFailure.OTHER, failure);
    }

    @Test
    @DisplayName("R14 an engine that requests more and more space is stopped")
    void endlessGrowthIsStopped() {
        ScriptedSslEngine engine = new ScriptedSslEngine(HandshakeStatus.NEED_UNWRAP);
        engine.grows(1);
        ScriptedDriver driver = new ScriptedDriver(engine, JdkEngines.filter(engine), RECORD);
        driver.run(false);
        assertFailure(HandshakeFailure.ENGINE_STALLED, driver.failure);
    }

    @Test
    void finishedReportedOnlyOnRetryIsNoticed() throws TlsException {
        for (Status status : List.of(Status.OK, Status.BUFFER_UNDERFLOW)) {
            ScriptedSslEngine engine = new ScriptedSslEngine(HandshakeStatus.NEED_UNWRAP);
            engine.returns(Status.OK, HandshakeStatus.NEED_UNWRAP, RECORD)
                    .returns(status, HandshakeStatus.FINISHED, 0)
                    .returns(Status.BUFFER_UNDERFLOW, HandshakeStatus.NOT_HANDSHAKING, 0);
            TlsFilter filter = JdkEngines.filter(engine);
            ByteBuffer network = ScriptedDriver.records(1, RECORD);
            ByteBuffer application = ByteBuffer.allocate(100);
            assertEquals(Step.PROGRESS, filter.decode(network, application));
            assertEquals(Step.SECURED, filter.decode(network, application));
            assertEquals(Step.NEED_INPUT, filter.decode(network, application));
            assertEquals(2, engine.calls);
        }
    }

    @Test
    void askedAgainForNothingItWaitsForTheNetwork() throws TlsException {
        ScriptedSslEngine engine = new ScriptedSslEngine(HandshakeStatus.NEED_UNWRAP);
        engine.returns(Status.OK, HandshakeStatus.NEED_UNWRAP, RECORD)
                .returns(Status.BUFFER_UNDERFLOW, HandshakeStatus.NEED_UNWRAP, 0);
        TlsFilter filter = JdkEngines.filter(engine);
        ByteBuffer network = ScriptedDriver.records(1, RECORD);
        assertEquals(Step.PROGRESS, filter.decode(network, ByteBuffer.allocate(100)));
        for (int i = 0; i < 10; i++) {
            assertEquals(Step.NEED_INPUT, filter.decode(network, ByteBuffer.allocate(100)));
        }
        assertEquals(2, engine.calls);
    }

    @Test
    @DisplayName("R13 an engine that throws from wrap before returning its alert gets to send it with the next wrap")
    void alertComesWithTheWrapAfterTheException() {
        SSLException thrown = new SSLException("scripted");
        ScriptedSslEngine engine = new ScriptedSslEngine(HandshakeStatus.NEED_WRAP);
        engine.throwsOnce(thrown).throwsOnce(thrown).returns(Status.CLOSED, HandshakeStatus.NOT_HANDSHAKING, 7);
        assertAlertFollows(engine, thrown);
    }

    @Test
    @DisplayName("R13 any exception of the engine becomes a TlsException")
    void anyExceptionOfTheEngineIsATlsException() {
        IllegalStateException thrown = new IllegalStateException("scripted");
        ScriptedSslEngine engine = new ScriptedSslEngine(HandshakeStatus.NEED_WRAP);
        engine.throwsOnce(thrown).returns(Status.CLOSED, HandshakeStatus.NOT_HANDSHAKING, 7);
        assertAlertFollows(engine, thrown);
    }

    private static void assertAlertFollows(ScriptedSslEngine engine, Exception thrown) {
        TlsFilter filter = JdkEngines.filter(engine);
        ByteBuffer network = ByteBuffer.allocate(filter.networkSpace());
        TlsException failure = assertThrows(TlsException.class, () -> filter.encode(EMPTY, network));
        assertFailure(HandshakeFailure.OTHER, failure);
        assertSame(thrown, failure.getCause());
        assertTrue(filter.hasOutput());
        assertEquals(Step.CLOSED, assertDoesNotThrow(() -> filter.encode(EMPTY, network)));
        assertEquals(7, network.position());
        assertFalse(filter.hasOutput());
    }

    @Test
    @DisplayName("R43 an engine that returns CLOSED after our end without consuming anything needs space or bytes")
    void closedAfterOurEndMayMeanThatThereIsNoSpace() throws SSLException {
        ScriptedSslEngine engine = new ScriptedSslEngine(HandshakeStatus.NOT_HANDSHAKING);
        engine.ambiguousClosed = true;
        engine.returns(Status.CLOSED, HandshakeStatus.NEED_UNWRAP, 0);
        SslEngineAdapter adapter = new SslEngineAdapter(engine);
        adapter.closeOutbound();
        ByteBuffer record = ByteBuffer.allocate(RECORD);
        assertEquals(
                TlsEngine.Status.NEED_SPACE,
                adapter.unwrap(record, ByteBuffer.allocate(ScriptedSslEngine.APPLICATION_SIZE - 1)));
        assertEquals(
                TlsEngine.Status.NEED_INPUT,
                adapter.unwrap(record, ByteBuffer.allocate(ScriptedSslEngine.APPLICATION_SIZE)));
    }

    @Test
    @DisplayName("R43 an engine that returns CLOSED after the peer's end continues to encode")
    void closedAfterThePeersEndIsNotOurs() throws SSLException {
        ScriptedSslEngine engine = new ScriptedSslEngine(HandshakeStatus.NOT_HANDSHAKING);
        engine.ambiguousClosed = true;
        engine.returns(Status.CLOSED, HandshakeStatus.NOT_HANDSHAKING, RECORD);
        SslEngineAdapter adapter = new SslEngineAdapter(engine);
        ByteBuffer network = ByteBuffer.allocate(ScriptedSslEngine.PACKET_SIZE);
        assertEquals(TlsEngine.Status.OK, adapter.wrap(ByteBuffer.allocate(RECORD), network));
        adapter.closeOutbound();
        assertEquals(TlsEngine.Status.CLOSED, adapter.wrap(EMPTY, network.clear()));
    }

    @Test
    void engineOfTheJdkIsFound() {
        SSLEngine engine = JdkEngines.of("TLSv1.3").clientEngine();
        assertTrue(engine.getClass().getName().startsWith("sun.security.ssl."), engine.getClass()::getName);
    }

    private static void assertFailure(HandshakeFailure expected, @Nullable TlsException failure) {
        assertEquals(expected, failure == null ? null : failure.failure());
    }
}
