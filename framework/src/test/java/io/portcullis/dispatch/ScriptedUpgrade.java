// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.TestInfo;

/** A protocol with STARTTLS and the way back to plaintext, over a scripted transport. */
abstract class ScriptedUpgrade {
    static final TlsProfile PROFILE = TestCertificates.serverProfile();
    static final String COMMAND = "STARTTLS\r\n";
    static final String READY = "220 ready\r\n";

    final VirtualMachine machine = new VirtualMachine();
    ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    Protocol handler = new Protocol();

    /** Commands in lines; bytes received under TLS are echoed. */
    static class Protocol extends RecordingHandler {
        @Nullable
        CompletableFuture<TlsSession> secured;

        @Nullable
        CompletableFuture<Void> plain;

        Protocol() {
            onData = (connection, data) -> {
                byte[] head = new byte[Math.min(data.remaining(), COMMAND.length())];
                data.get(data.position(), head);
                String text = new String(head, ISO_8859_1);
                if (text.equals(COMMAND)) {
                    data.position(data.position() + head.length);
                    connection.write(ascii(READY));
                    secured = connection.startTls(PROFILE);
                } else if (text.startsWith("CCC\r\n")) {
                    data.position(data.position() + 5);
                    connection.write(ascii("200 ok\r\n"));
                    plain = connection.stopTls();
                } else {
                    data.mark();
                    take(data);
                    data.reset();
                    connection.write(data);
                }
            };
        }

        @Override
        public void onSecured(Connection connection) {
            events.add("secured");
        }

        CompletableFuture<TlsSession> secured() {
            if (secured == null) {
                throw new IllegalStateException("not requested: " + events);
            }
            return secured;
        }

        CompletableFuture<Void> plain() {
            if (plain == null) {
                throw new IllegalStateException("not requested: " + events);
            }
            return plain;
        }
    }

    final void start() {
        machine.start(transport, new PlainFilter(), handler);
    }

    final MemoryTlsPeer secure(String protocol) throws Exception {
        transport.receive(COMMAND).completeAll();
        assertEquals(READY, transport.sentText());
        MemoryTlsPeer peer = new MemoryTlsPeer(transport, protocol).begin();
        peer.exchange();
        return peer;
    }

    @AfterEach
    void everythingIsReturned(TestInfo test) {
        transport.script = ScriptedTransport.EAGER;
        transport.window = Long.MAX_VALUE;
        if (handler.reason == null && handler.connection != null) {
            handler.connection.abort();
        }
        transport.completeAll();
        transport.verify(test.getDisplayName());
        machine.verify(test.getDisplayName());
        if (handler.secured != null) {
            assertTrue(handler.secured.isDone(), "the future is not complete");
        }
        if (handler.plain != null) {
            assertTrue(handler.plain.isDone(), "the future is not complete");
        }
    }

    static @Nullable Throwable failureOf(CompletableFuture<?> future) {
        return assertThrows(ExecutionException.class, future::get).getCause();
    }

    static ByteBuffer ascii(String text) {
        return ByteBuffer.wrap(text.getBytes(ISO_8859_1));
    }

    /** Runs on another thread, for which the calling one waits: during a turn, but outside of it. */
    static void runBeside(Runnable code) {
        Thread thread = new Thread(code);
        thread.start();
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }
}
