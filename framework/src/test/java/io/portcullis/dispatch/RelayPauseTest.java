// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.gate.RelaySide;
import io.portcullis.tls.PlainFilter;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** One side of a relay pauses on its strand, and is resumed by the strand of the other side. */
class RelayPauseTest {
    private final VirtualMachine machine = new VirtualMachine();

    private RecordingHandler start(ScriptedTransport transport) {
        RecordingHandler handler = new RecordingHandler();
        machine.start(
                machine.endpointOn(Runnable::run, ConnectionSettings.DEFAULT), transport, new PlainFilter(), handler);
        return handler;
    }

    @Test
    void aSideWhoseBytesAreAllSentJustBeforeItPausesContinues() {
        ScriptedTransport near = new ScriptedTransport(ScriptedTransport.EAGER);
        ScriptedTransport far = new ScriptedTransport(ScriptedTransport.EAGER);
        Connection here = start(near).connection();
        Connection there = start(far).connection();
        far.window = 0;
        Connection slow = (Connection) Proxy.newProxyInstance(
                Connection.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("pause")) {
                        far.window = Long.MAX_VALUE;
                        far.completeAll();
                        assertEquals(0, there.pendingBytes());
                    }
                    return method.invoke(here, arguments);
                });
        RelaySide side = new RelaySide(machine.buffers, null);
        side.passesTo(there);

        side.onData(slow, ByteBuffer.allocate(RelaySide.HIGH + 1));

        assertTrue(here.receiving(), "nothing would resume it");
        here.abort();
        there.abort();
        near.completeAll();
        far.completeAll();
        machine.verify("the machine");
    }

    @Test
    void aSideThatIsPausedForASlowReaderIsNotClosedAsIdle() {
        ScriptedTransport near = new ScriptedTransport(ScriptedTransport.EAGER);
        ScriptedTransport far = new ScriptedTransport(ScriptedTransport.EAGER);
        Connection there = start(far).connection();
        RelaySide side = new RelaySide(machine.buffers, null);
        side.passesTo(there);
        machine.start(near, new PlainFilter(), side);
        far.window = 0;
        near.receive(new byte[2 * RelaySide.HIGH]).receiveEnd();
        run(near, far);
        for (int i = 0; i < 20; i++) {
            machine.advance(Duration.ofSeconds(20));
            far.window = 1000;
            run(near, far);
        }
        far.window = Long.MAX_VALUE;
        run(near, far);

        assertEquals(2 * RelaySide.HIGH, far.sent.size());
        assertTrue(far.outputEnded);
        machine.advance(Duration.ofMinutes(2));
        run(near, far);
        assertTrue(near.closed, "nothing passes any more");
        there.abort();
        run(near, far);
        machine.verify("the machine");
    }

    private void run(ScriptedTransport near, ScriptedTransport far) {
        machine.runLater();
        while (near.completeBoth() | far.completeBoth()) {
            machine.runLater();
        }
        machine.runLater();
    }
}
