// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import io.portcullis.ConnectionObserver;
import io.portcullis.Decision;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.connection.Role;
import io.portcullis.internal.connection.SocketConnection;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.internal.parts.Signal;
import io.portcullis.internal.wire.Wire;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every event in every phase of a connection, and its effect when the connection has gone on: an event that occurs
 * before the phase that it is meant for waits for that phase, or is refused explicitly. None is lost, and none is
 * applied to the wrong phase.
 */
class EventsByPhaseTest {
    private static final TlsProfile PROFILE = ScriptedUpgrade.PROFILE;

    private static final String TABLE = """
            event      OPENING   OPEN      TO_TLS    TO_PLAIN  CLOSING   LINGERING ENDED
            write      sent      sent      refused   refused   refused   refused   refused
            send       sent      sent      refused   refused   refused   refused   refused
            sendFile   sent      sent      refused   refused   refused   refused   refused
            pause      held      held      held      held      over      over      over
            close      cut       in-order  cut       in-order  in-order  in-order  cut
            shutdown   cut       in-order  cut       in-order  in-order  in-order  cut
            abort      cut       cut       cut       cut       cut       in-order  cut
            drain      told      told      told      told      over      over      over
            shutdownOutput  ended     ended     ended     ended     over      over      over
            execute    run       run       run       run       run       run       refused
            startTls   refused   begun     refused   refused   refused   refused   refused
            stopTls    refused   refused   refused   refused   refused   refused   refused
            secured    refused   refused   told      told      refused   refused   refused
            closed     told      told      told      told      told      told      told
            """;

    /** Each is triggered from a thread other than the connection's, and reports its effect later. */
    private static final Map<String, Function<Stage, Supplier<String>>> EVENTS = new TreeMap<>(Map.ofEntries(
            Map.entry("write", stage -> {
                boolean accepted = stage.connection().write(ScriptedUpgrade.ascii("event"));
                return () -> accepted ? stage.sent("event") : "refused";
            }),
            Map.entry("send", stage -> {
                var future = stage.connection().send(ScriptedUpgrade.ascii("event"));
                return () -> future.isCompletedExceptionally() ? "refused" : stage.sent("event");
            }),
            Map.entry("sendFile", stage -> {
                var future = stage.connection().sendFile(TestFile.CHANNEL, 0, 10);
                String content = new String(TestFile.part(0, 10), ISO_8859_1);
                return () -> future.isCompletedExceptionally() ? "refused" : stage.sent(content);
            }),
            Map.entry("pause", Stage::pause),
            Map.entry("close", stage -> {
                stage.connection().close();
                return stage::end;
            }),
            Map.entry("shutdown", stage -> {
                stage.endpoint.close();
                return stage::end;
            }),
            Map.entry("abort", stage -> {
                stage.connection().abort();
                return stage::end;
            }),
            Map.entry("drain", stage -> {
                stage.endpoint.drain();
                return () -> stage.drained.isEmpty() ? "over" : String.join(" and ", stage.drained);
            }),
            Map.entry("shutdownOutput", Stage::shutdownOutput),
            Map.entry("execute", stage -> {
                boolean accepted = stage.connection().execute(() -> stage.handler.events.add("task"));
                return () -> accepted ? stage.whenTheTaskRan() : "refused";
            }),
            Map.entry("startTls", stage -> {
                var future = stage.connection().startTls(PROFILE);
                return () -> future.isDone() ? "refused" : "begun";
            }),
            Map.entry("stopTls", stage -> {
                var future = stage.connection().stopTls();
                return () -> future.isDone() ? "refused" : "begun";
            }),
            Map.entry("secured", stage -> {
                CompletableFuture<TlsSession> future = stage.connection().secured();
                return () -> {
                    boolean told = future.isDone() && !future.isCompletedExceptionally();
                    stage.abort();
                    return told ? "told" : future.isCompletedExceptionally() ? "refused" : "lost";
                };
            }),
            Map.entry("closed", stage -> {
                var future = stage.connection().closed();
                return () -> {
                    stage.abort();
                    return future.isDone() ? "told" : "lost";
                };
            })));

    /** How a connection reaches a phase, and what lets it go on. */
    private enum Where {
        OPENING {
            @Override
            void goOn(Stage stage) {
                stage.decision.complete(Decision.plain());
            }
        },
        OPEN,
        TO_TLS {
            @Override
            void reach(Stage stage) {
                stage.transport.receive(ScriptedUpgrade.COMMAND).completeAll();
            }

            @Override
            void goOn(Stage stage) throws SSLException {
                if (stage.handler.reason == null) {
                    stage.peer = new MemoryTlsPeer(stage.transport, "TLSv1.3").begin();
                    stage.peer.exchange();
                }
            }
        },
        TO_PLAIN {
            @Override
            void reach(Stage stage) throws SSLException {
                stage.transport.receive(ScriptedUpgrade.COMMAND).completeAll();
                MemoryTlsPeer peer = new MemoryTlsPeer(stage.transport, "TLSv1.3").begin();
                peer.exchange();
                peer.wrap("CCC\r\n".getBytes(ISO_8859_1)).exchange();
                stage.securePeer = peer;
            }

            @Override
            void goOn(Stage stage) throws SSLException {
                if (stage.securePeer != null) {
                    stage.securePeer.closeOutput().exchange();
                }
            }
        },
        CLOSING {
            @Override
            void reach(Stage stage) {
                stage.transport.window = 0;
                stage.connection().write(ScriptedUpgrade.ascii("rest"));
                stage.connection().close();
            }
        },
        LINGERING {
            @Override
            void reach(Stage stage) {
                stage.connection().close();
            }
        },
        ENDED {
            @Override
            void reach(Stage stage) {
                stage.abort();
            }
        };

        void reach(Stage stage) throws SSLException {}

        void goOn(Stage stage) throws SSLException {}
    }

    /** One connection. */
    private static final class Stage {
        final VirtualMachine machine = new VirtualMachine();
        final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
        final CompletableFuture<Decision> decision = new CompletableFuture<>();
        final List<String> drained = new ArrayList<>();
        private @Nullable Connection connection;

        @Nullable
        MemoryTlsPeer peer;

        @Nullable
        MemoryTlsPeer securePeer;

        final RecordingHandler handler = new ScriptedUpgrade.Protocol() {
            @Override
            public void onDrain(Connection draining) {
                drained.add(draining.write(ScriptedUpgrade.ascii("bye")) ? "told" : "too early");
            }
        };
        final Endpoint endpoint = machine.endpoint(ConnectionSettings.DEFAULT, new ConnectionObserver() {
            @Override
            public void onAccepted(Connection accepted) {
                connection = accepted;
            }
        });

        Stage(Where where) throws SSLException {
            handler.onEndOfInput = ended -> {};
            machine.start(endpoint, transport, peer -> Decision.later(decision), handler);
            if (where != Where.OPENING) {
                decision.complete(Decision.plain());
            }
            where.reach(this);
        }

        Connection connection() {
            if (connection == null) {
                throw new IllegalStateException("not accepted");
            }
            return connection;
        }

        /** The peer reads everything that is available. */
        void move() {
            transport.window = Long.MAX_VALUE;
            machine.runTasks();
            transport.completeAll();
            try {
                if (peer != null) {
                    peer.exchange();
                }
            } catch (SSLException failure) {
                throw new AssertionError(failure);
            }
        }

        void receive(String text) {
            try {
                if (peer == null) {
                    transport.receive(text);
                } else {
                    peer.wrap(text.getBytes(ISO_8859_1));
                }
            } catch (SSLException failure) {
                throw new AssertionError(failure);
            }
            move();
        }

        void abort() {
            connection().abort();
            move();
        }

        String sent(String text) {
            String all = peer == null ? transport.sentText() : peer.received.toString(ISO_8859_1);
            return all.contains(text) ? "sent" : "lost";
        }

        Supplier<String> pause() {
            connection().pause();
            return () -> {
                receive("more");
                boolean before = handler.receivedText().contains("more");
                connection().resume();
                move();
                boolean behind = handler.receivedText().contains("more");
                return before ? "lost" : behind ? "held" : "over";
            };
        }

        Supplier<String> shutdownOutput() {
            connection().shutdownOutput();
            return () -> {
                boolean ended = peer == null ? transport.outputEnded : peer.inputEnded();
                boolean alive = handler.reason == null && !connection().write(ScriptedUpgrade.ascii("behind"));
                receive("more");
                boolean goesOn = handler.receivedText().contains("more");
                return !goesOn ? "over" : alive && ended ? "ended" : "lost";
            };
        }

        String whenTheTaskRan() {
            move();
            abort();
            int task = handler.events.indexOf("task");
            int close = handler.events.size() - 1;
            return task < 0 ? "lost" : task < close ? "run" : "late";
        }

        /** Whether the peer received a graceful end of the stream. */
        String end() {
            transport.receiveEnd();
            move();
            return handler.reason == null ? "lost" : transport.outputEnded ? "in-order" : "cut";
        }

        void verify() {
            if (handler.reason == null) {
                abort();
            }
            transport.completeAll();
            transport.verify("");
            machine.verify("");
        }
    }

    @TestFactory
    Stream<DynamicTest> everyEventInEveryPhaseIsHeldRefusedOrDone() {
        List<String> rows = TABLE.lines().toList();
        List<String> phases = cells(rows.get(0));
        assertEquals(
                List.copyOf(EVENTS.keySet()),
                rows.stream().skip(1).map(row -> cells(row).get(0)).sorted().toList());
        return rows.stream().skip(1).flatMap(row -> {
            List<String> cells = cells(row);
            return Stream.iterate(1, column -> column < cells.size(), column -> column + 1)
                    .map(column -> DynamicTest.dynamicTest(
                            cells.get(0) + " while " + phases.get(column),
                            () -> assertEquals(cells.get(column), outcome(cells.get(0), phases.get(column)))));
        });
    }

    private static List<String> cells(String row) {
        return Arrays.asList(row.trim().split(" +"));
    }

    private static String outcome(String event, String phase) throws SSLException {
        Where where = Where.valueOf(phase);
        Stage stage = new Stage(where);
        Supplier<String> outcome = Objects.requireNonNull(EVENTS.get(event)).apply(stage);
        where.goOn(stage);
        stage.move();
        String result = outcome.get();
        stage.verify();
        return result;
    }

    /**
     * A thread that writes and then starts TLS, or closes, has written first; whether the strand runs in between is a
     * matter of chance.
     */
    @Test
    void writesBeforeStartTlsAreSentFromAnyThread() throws Exception {
        Stage stage = new Stage(Where.OPEN);
        stage.connection().pause();
        List<CompletableFuture<?>> futures = new ArrayList<>();
        stage.machine.inAnotherTurn(() -> {
            assertTrue(stage.connection().write(ScriptedUpgrade.ascii("220 ")));
            futures.add(stage.connection().send(ScriptedUpgrade.ascii("ready")));
            futures.add(stage.connection().startTls(PROFILE));
            futures.add(stage.connection().send(ScriptedUpgrade.ascii("too late")));
        });
        assertEquals("220 ready", stage.transport.sentText());
        assertTrue(futures.get(0).isDone() && !futures.get(0).isCompletedExceptionally());
        assertTrue(futures.get(2).isCompletedExceptionally());
        stage.peer = new MemoryTlsPeer(stage.transport, "TLSv1.3").begin();
        stage.move();
        assertTrue(futures.get(1).isDone() && !futures.get(1).isCompletedExceptionally());
        stage.verify();
    }

    /** Whichever signal a connection sees first, its observers see its beginning before its end. */
    @Test
    void aConnectionThatIsAbortedBeforeItsFirstTurnBeginsAndEnds() {
        VirtualMachine machine = new VirtualMachine();
        ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
        List<String> seen = new ArrayList<>();
        Endpoint endpoint = machine.endpoint(ConnectionSettings.DEFAULT, new ConnectionObserver() {
            @Override
            public void onAccepted(Connection accepted) {
                seen.add("accepted");
            }

            @Override
            public void onClosed(Connection closed, io.portcullis.CloseReason reason, @Nullable Throwable cause) {
                seen.add("closed");
            }
        });
        SocketConnection connection = new SocketConnection(
                endpoint,
                new Wire(1, VirtualMachine.PEER, VirtualMachine.LOCAL, transport),
                new io.portcullis.tls.PlainFilter(),
                null,
                null);
        connection.handOver(new RecordingHandler(), Role.ACCEPTED);
        assertTrue(endpoint.enter());
        connection.signal(Signal.ABORT);
        connection.signal(Signal.START);
        assertEquals(List.of("accepted", "closed"), seen);
        transport.verify("");
        machine.verify("");
    }
}
