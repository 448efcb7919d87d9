// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionObserver;
import io.portcullis.Pipe;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.tls.PlainFilter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The moment at which two connections are given to a pipe. */
class PipeHandoverTest {
    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport frontTransport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final ScriptedTransport backTransport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final RecordingHandler front = new RecordingHandler();
    private final RecordingHandler back = new RecordingHandler();

    private void start() {
        front.onData = (connection, data) -> {};
        front.onEndOfInput = connection -> {};
        machine.start(frontTransport, new PlainFilter(), front);
        machine.start(backTransport, new PlainFilter(), back);
        run();
    }

    private void run() {
        machine.runLater();
        while (frontTransport.completeBoth() | backTransport.completeBoth()) {
            machine.runLater();
        }
        machine.runLater();
    }

    @AfterEach
    void nothingIsLeft() {
        front.connection().abort();
        if (back.connection != null) {
            back.connection().abort();
        }
        run();
        frontTransport.verify("front");
        backTransport.verify("back");
        machine.verify("at the end");
    }

    @Test
    @DisplayName("what a client sent and ended before the pipe began is passed on, with the end")
    void anEndBeforeThePipeIsPassedOn() {
        start();
        frontTransport.receive("question").receiveEnd();
        run();
        assertEquals("end", front.events.get(front.events.size() - 1));

        Pipe pipe = Pipe.between(front.connection(), back.connection());
        run();

        assertEquals("question", backTransport.sentText());
        assertTrue(backTransport.outputEnded);
        assertEquals(8, pipe.forwardBytes());
        backTransport.receive("answer").receiveEnd();
        run();
        assertEquals("answer", frontTransport.sentText());
        assertTrue(frontTransport.outputEnded);
        assertTrue(pipe.closed().isDone());
    }

    @Test
    @DisplayName("a connection that becomes writable while the two are handed over does not leave the other one paused")
    void writableBetweenTheTwoHandlers() {
        start();
        frontTransport.window = 0;
        Connection slow = beforeItIsHandedOver(front.connection(), () -> {
            run();
            backTransport.receive(new byte[2 * slowMark()]);
            run();
            assertFalse(front.connection().writable());
            frontTransport.window = Long.MAX_VALUE;
            run();
            assertTrue(front.events.contains("writable"), "a previous handler was notified: " + front.events);
        });

        Pipe pipe = Pipe.between(slow, back.connection());
        run();
        backTransport.receive("x".repeat(1000));
        run();

        assertEquals(2L * slowMark() + 1000, pipe.backwardBytes());
    }

    private static int slowMark() {
        return ConnectionSettings.DEFAULT.highWatermark();
    }

    /** Returns the connection, which runs something before it is given to the next handler. */
    private static Connection beforeItIsHandedOver(Connection connection, Runnable before) {
        return (Connection) Proxy.newProxyInstance(
                Connection.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("handler")) {
                        before.run();
                    }
                    try {
                        return method.invoke(connection, arguments);
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }

    @Test
    @DisplayName("the previous handler of a paused front receives nothing while the two are handed over")
    void theFrontStaysPausedUntilItIsHandedOver() {
        start();
        front.onData = (connection, data) -> front.take(data);
        front.connection().pause();
        backTransport.window = 0;
        back.connection().write(new byte[2 * slowMark()]);
        assertFalse(back.connection().writable());
        frontTransport.receive("question");
        run();
        Connection slow = beforeItIsHandedOver(front.connection(), () -> {
            run();
            backTransport.window = Long.MAX_VALUE;
            run();
        });

        Pipe pipe = Pipe.between(slow, back.connection());
        run();

        assertEquals("", front.receivedText());
        assertEquals(8, pipe.forwardBytes());
    }

    @Test
    @DisplayName("a pipe that is refused because the front is not open yet does not keep the back")
    void aRefusedPipeAbortsTheBack() {
        machine.start(backTransport, new PlainFilter(), back);
        AtomicReference<IllegalStateException> refused = new AtomicReference<>();
        machine.start(
                machine.endpoint(ConnectionSettings.DEFAULT, new ConnectionObserver() {
                    @Override
                    public void onAccepted(Connection connection) {
                        refused.set(assertThrows(
                                IllegalStateException.class, () -> Pipe.between(connection, back.connection())));
                    }
                }),
                frontTransport,
                new PlainFilter(),
                front);
        run();
        String message = String.valueOf(refused.get());
        assertTrue(message.contains("before it is open"), message);
        assertTrue(backTransport.closed);
        assertEquals(null, front.reason, "the front goes on with its own handler");
        assertEquals(CloseReason.LOCAL_ABORT, back.connection().closed().getNow(null));
    }
}
