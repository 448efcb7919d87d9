// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Pipe;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.TlsSession;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A connection of a pipe that is changed to TLS. */
class PipeUpgradeTest {
    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport frontTransport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final ScriptedTransport backTransport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final RecordingHandler front = new RecordingHandler();
    private final RecordingHandler back = new RecordingHandler();
    private final ManualExecutor executor = new ManualExecutor();

    private Pipe start(boolean elsewhere) {
        Endpoint endpoint = machine.endpointOn(elsewhere ? executor : null, ConnectionSettings.DEFAULT);
        machine.start(endpoint, frontTransport, new PlainFilter(), front);
        machine.start(endpoint, backTransport, new PlainFilter(), back);
        run();
        Pipe pipe = Pipe.between(front.connection(), back.connection());
        run();
        return pipe;
    }

    private void run() {
        do {
            machine.runLater();
            executor.runAll();
            while (frontTransport.completeBoth() | backTransport.completeBoth()) {
                machine.runLater();
            }
            machine.runLater();
        } while (!executor.tasks.isEmpty());
    }

    @ParameterizedTest(name = "on an executor {0}")
    @ValueSource(booleans = {false, true})
    @DisplayName("what is received meanwhile on the other connection is sent under TLS")
    void nothingIsLostDuringAnUpgrade(boolean elsewhere) throws Exception {
        Pipe pipe = start(elsewhere);
        backTransport.receive("one ");
        run();
        CompletableFuture<TlsSession> secured = front.connection().startTls(ScriptedUpgrade.PROFILE);
        backTransport.receive("two ");
        run();
        assertEquals("one ", frontTransport.sentText());
        MemoryTlsPeer peer = new MemoryTlsPeer(frontTransport, "TLSv1.3").begin();
        for (int i = 0; i < 10 && !secured.isDone(); i++) {
            peer.exchange();
            run();
        }
        assertTrue(secured.isDone());
        backTransport.receive("three").receiveEnd();
        run();
        peer.exchange();
        assertEquals("two three", peer.received.toString(ISO_8859_1));
        assertEquals(13, pipe.backwardBytes());

        peer.wrap("answer".getBytes(ISO_8859_1)).closeOutput().exchange();
        run();
        assertEquals("answer", backTransport.sentText());
        assertTrue(pipe.closed().isDone());
        machine.verify("at the end");
    }
}
