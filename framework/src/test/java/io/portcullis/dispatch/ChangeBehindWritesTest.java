// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import io.portcullis.buffer.RefusingPool;
import io.portcullis.tls.PlainFilter;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A change of the filter is requested while a write accepted earlier is on its way to the strand. */
class ChangeBehindWritesTest extends ScriptedUpgrade {
    private static final int TRIES = 20;

    private String state() {
        return handler.events + " " + handler.connection() + " sent " + transport.sent.size();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void stopTlsAfterAWriteOfAnotherThreadWhenThePeerHasEndedTlsAlready(String protocol) throws Exception {
        start();
        MemoryTlsPeer peer = secure(protocol);
        handler.onData = (connection, data) -> {
            handler.take(data);
            runBeside(() -> assertTrue(connection.write(ascii("late"))));
            handler.plain = connection.stopTls();
        };
        peer.wrap("CCC\r\n".getBytes(ISO_8859_1)).closeOutput();
        transport.receive(peer.take()).completeAll();
        assertTrue(handler.plain().isDone(), state());
        peer.exchange();
        assertEquals("late", peer.received.toString(ISO_8859_1));
        handler.plain().get();
    }

    @Test
    void aRefusedWriteThatIsRetriedDelaysNoSwitch() throws Exception {
        List<String> states = new ArrayList<>();
        handler.onData = (connection, data) -> {
            handler.take(data);
            connection.write(ascii(READY));
            handler.secured = connection.startTls(PROFILE);
            tryAgain(connection, states);
        };
        start();
        transport.receive(COMMAND).completeAll();
        assertTrue(states.get(TRIES - 1).contains("SECURING"), states.get(TRIES - 1));
    }

    @Test
    void aWriteIsNotAcceptedWhenAChangeHasBegunWhileItWasCopied() {
        AtomicBoolean changes = new AtomicBoolean();
        RefusingPool buffers = new RefusingPool(true, lease -> {
            if (changes.getAndSet(false)) {
                handler.secured = handler.connection().startTls(PROFILE);
            }
            return false;
        });
        VirtualMachine its = new VirtualMachine(buffers.pool);
        its.start(transport, new PlainFilter(), handler);
        ByteBuffer data = ascii("a late reply");
        changes.set(true);

        boolean accepted = handler.connection().write(data);

        transport.completeAll();
        assertEquals("", transport.sentText());
        assertFalse(accepted, "it was not sent");
        assertEquals(0, data.position());
        assertEquals(0, handler.connection().pendingBytes());
        handler.connection().abort();
        transport.completeAll();
        its.verify("the machine");
    }

    private static void tryAgain(Connection connection, List<String> states) {
        connection.write(ascii("again"), "again", new CompletionHandler<Void, Object>() {
            @Override
            public void completed(Void none, Object attachment) {}

            @Override
            public void failed(Throwable cause, Object attachment) {
                states.add(connection.toString());
                if (states.size() < TRIES) {
                    tryAgain(connection, states);
                }
            }
        });
    }
}
