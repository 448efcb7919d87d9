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
}
