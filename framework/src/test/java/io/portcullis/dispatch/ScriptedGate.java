// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.portcullis.CloseReason;
import io.portcullis.Gate;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TlsException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.TestInfo;

/** A gate in front of a scripted transport, with a virtual clock. */
abstract class ScriptedGate {
    final VirtualMachine machine = new VirtualMachine();
    ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    RecordingHandler handler = RecordingHandler.echo();
    final Endpoint endpoint = machine.endpoint(ConnectionSettings.DEFAULT);

    final void start(Gate gate) {
        machine.start(endpoint, transport, gate, handler);
    }

    @AfterEach
    void everythingIsReturned(TestInfo test) {
        finish(test.getDisplayName());
    }

    private void finish(String name) {
        if (handler.reason == null) {
            endpoint.close();
            transport.receiveEnd();
        }
        transport.completeAll();
        machine.runTasks();
        transport.verify(name);
        machine.verify(name);
    }

    final TlsException refusal(HandshakeFailure expected) {
        assertEquals(CloseReason.HANDSHAKE_FAILED, handler.reason);
        TlsException cause = assertInstanceOf(TlsException.class, handler.cause);
        assertEquals(expected, cause.failure(), cause::getMessage);
        return cause;
    }
}
