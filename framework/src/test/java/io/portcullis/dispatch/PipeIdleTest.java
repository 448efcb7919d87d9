// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Pipe;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.tls.PlainFilter;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Two connections of a pipe of which one is idle. */
class PipeIdleTest {
    private static final int LENGTH = 2 * ConnectionSettings.DEFAULT.highWatermark();

    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport frontTransport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final ScriptedTransport backTransport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final RecordingHandler front = new RecordingHandler();
    private final RecordingHandler back = new RecordingHandler();

    private Pipe start() {
        machine.start(frontTransport, new PlainFilter(), front);
        machine.start(backTransport, new PlainFilter(), back);
        Pipe pipe = Pipe.between(front.connection(), back.connection());
        run();
        return pipe;
    }

    private void run() {
        machine.runLater();
        while (frontTransport.completeBoth() | backTransport.completeBoth()) {
            machine.runLater();
        }
        machine.runLater();
    }

    @Test
    @DisplayName("a connection that is not read because the other one is slow is not closed as idle")
    void aSlowReaderIsNoIdleConnection() {
        Pipe pipe = start();
        frontTransport.window = 0;
        backTransport.receive(new byte[LENGTH]).receiveEnd();
        run();
        for (int i = 0; i < 20; i++) {
            machine.advance(Duration.ofSeconds(20));
            frontTransport.window = 1000;
            run();
        }
        frontTransport.window = Long.MAX_VALUE;
        frontTransport.receiveEnd();
        run();

        assertEquals(LENGTH, frontTransport.sent.size());
        assertTrue(pipe.closed().isDone());
        machine.verify("at the end");
    }

    @Test
    void aPipeThroughWhichNothingPassesIsClosed() {
        start();
        machine.advance(Duration.ofMinutes(2));
        run();
        assertEquals(CloseReason.IDLE_TIMEOUT, back.connection().closed().getNow(null));
        machine.verify("at the end");
    }
}
