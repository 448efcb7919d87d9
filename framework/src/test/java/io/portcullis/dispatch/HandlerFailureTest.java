// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionObserver;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.TlsException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("R25 an exception in a callback ends its own connection, is counted and reported, and harms nothing else")
class HandlerFailureTest {
    enum Where {
        OPEN,
        DATA,
        WRITABLE,
        END,
        CLOSE,
        COMPLETED,
        FAILED,
        TASK
    }

    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final List<Throwable> causes = new ArrayList<>();
    private final List<CloseReason> closed = new ArrayList<>();
    private final Endpoint endpoint =
            machine.endpoint(ConnectionSettings.DEFAULT.withWatermarks(0, 1), new ConnectionObserver() {
                @Override
                public void onHandlerFailure(Connection connection, Throwable failure) {
                    causes.add(failure);
                    // A listener that throws, or writes to the failed connection, changes nothing.
                    connection.write(ByteBuffer.allocate(1));
                    throw new IllegalStateException("the listener fails too");
                }

                @Override
                public void onClosed(Connection connection, CloseReason reason, @Nullable Throwable cause) {
                    closed.add(reason);
                    throw new IllegalStateException("the listener fails too");
                }
            });

    static Stream<Arguments> everywhere() {
        List<Supplier<Throwable>> failures = List.of(
                () -> new IllegalStateException("on purpose"),
                HandlerFailureTest::overflow,
                () -> new OutOfMemoryError("on purpose"));
        return Stream.of(Where.values())
                .flatMap(where -> failures.stream().map(failure -> Arguments.of(where, failure.get())));
    }

    private static Throwable overflow() {
        try {
            return new IllegalStateException(String.valueOf(descend(0)));
        } catch (StackOverflowError real) {
            return real;
        }
    }

    private static int descend(int depth) {
        return depth < 0 ? 0 : descend(depth + 1) + 1;
    }

    /** Throws in one of its callbacks. */
    private record Throwing(Where where, Throwable failure)
            implements ConnectionHandler, CompletionHandler<Void, Where> {

        void maybe(Where now) {
            if (now == where) {
                if (failure instanceof Error error) {
                    throw error;
                }
                throw (RuntimeException) failure;
            }
        }

        @Override
        public void onOpen(Connection connection) {
            connection.execute(() -> maybe(Where.TASK));
            connection.write(ByteBuffer.allocate(2), Where.COMPLETED, this);
            maybe(Where.OPEN);
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            data.position(data.limit());
            maybe(Where.DATA);
        }

        @Override
        public void onWritable(Connection connection) {
            maybe(Where.WRITABLE);
        }

        @Override
        public void onEndOfInput(Connection connection) {
            connection.close();
            connection.write(ByteBuffer.allocate(2), Where.FAILED, this);
            maybe(Where.END);
        }

        @Override
        public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
            maybe(Where.CLOSE);
        }

        @Override
        public void completed(@Nullable Void none, Where attachment) {
            maybe(Where.COMPLETED);
        }

        @Override
        public void failed(Throwable cause, Where attachment) {
            maybe(Where.FAILED);
        }
    }

    @ParameterizedTest
    @MethodSource("everywhere")
    void endsItsOwnConnection(Where where, Throwable failure) {
        machine.start(endpoint, transport, new PlainFilter(), new Throwing(where, failure));
        transport.receive("x").receiveEnd().completeAll();
        machine.runLater();
        assertEquals(1, endpoint.audience().handlerFailures());
        assertEquals(1, causes.size());
        assertSame(failure, causes.get(0));
        assertEquals(0, endpoint.connections());
        CloseReason reason = where == Where.CLOSE ? CloseReason.PEER_CLOSE : closed.get(0);
        assertEquals(List.of(reason), closed);
        assertTrue(where == Where.CLOSE || where == Where.FAILED || reason == CloseReason.HANDLER_FAILED, where::name);
        transport.verify(where.name());
        nextConnectionIsFine();
    }

    private void nextConnectionIsFine() {
        ScriptedTransport next = new ScriptedTransport(ScriptedTransport.EAGER);
        next.receive("hello").receiveEnd();
        machine.start(next, new PlainFilter(), RecordingHandler.echo());
        assertEquals("hello", next.sentText());
        machine.verify("next");
    }

    @Test
    void aListenerThatThrowsEverywhereChangesNothing() {
        List<String> called = new ArrayList<>();
        Endpoint observed = machine.endpoint(ConnectionSettings.DEFAULT, new ConnectionObserver() {
            @Override
            public void onAccepted(Connection connection) {
                called.add("accepted");
                throw new StackOverflowError("on purpose");
            }

            @Override
            public void onOpened(Connection connection) {
                called.add("opened");
                throw new OutOfMemoryError("on purpose");
            }

            @Override
            public void onClosed(Connection connection, CloseReason reason, @Nullable Throwable cause) {
                called.add("closed " + reason);
                throw new IllegalStateException("on purpose");
            }
        });
        transport.receive("hello").receiveEnd();
        RecordingHandler handler = RecordingHandler.echo();
        machine.start(observed, transport, new PlainFilter(), handler);
        assertEquals("hello", transport.sentText());
        assertEquals(CloseReason.PEER_CLOSE, handler.reason);
        assertEquals(List.of("accepted", "opened", "closed PEER_CLOSE"), called);
        assertEquals(0, observed.audience().handlerFailures());
        transport.verify("listener");
        machine.verify("listener");
    }

    @Test
    void aFilterThatCannotBeFreedDoesNotKeepTheConnection() {
        RecordingHandler handler = RecordingHandler.echo();
        FrameFilter filter = new FrameFilter(false) {
            @Override
            public void free() {
                super.free();
                throw new IllegalStateException("cannot be freed");
            }
        };
        transport.receive(FrameFilter.frame(FrameFilter.HELLO)).receive(FrameFilter.frame(FrameFilter.CLOSE));
        machine.start(endpoint, transport, filter, handler);
        assertEquals(CloseReason.PEER_CLOSE, handler.reason);
        assertEquals(0, endpoint.connections());
        transport.verify("free");
        machine.verify("free");
    }

    @Test
    void aTaskThatThrowsEndsTheConnection() {
        RecordingHandler handler = RecordingHandler.echo();
        FrameFilter filter = new FrameFilter(true) {
            @Override
            public @Nullable Runnable task() {
                Runnable task = super.task();
                return task == null
                        ? null
                        : () -> {
                            task.run();
                            throw new IllegalStateException("the key store is gone");
                        };
            }
        };
        transport.receive(FrameFilter.frame(FrameFilter.HELLO));
        machine.start(endpoint, transport, filter, handler);
        machine.runTasks();
        assertEquals(CloseReason.HANDSHAKE_FAILED, handler.reason);
        TlsException cause = assertInstanceOf(TlsException.class, handler.cause);
        assertEquals(HandshakeFailure.OTHER, cause.failure());
        assertEquals(
                "the key store is gone",
                cause.getCause() == null ? null : cause.getCause().getMessage());
        assertEquals(List.of(), filter.defects);
        transport.verify("task");
        machine.verify("task");
    }
}
