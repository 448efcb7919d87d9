// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * After a resume the unread bytes are presented, whatever else the connection is doing: available bytes never wait for
 * bytes that may never arrive.
 */
class PauseAndResumeTest extends PauseFixture {
    /** From where the resume is requested. */
    enum Place {
        NOWHERE,
        IN_THE_CALLBACK,
        IN_A_TASK,
        IN_A_COMPLETION,
        FROM_OUTSIDE
    }

    private static Stream<Arguments> combinations() {
        return ways().flatMap(way -> Arrays.stream(Place.values())
                .flatMap(pause -> Stream.of(Place.IN_A_TASK, Place.IN_A_COMPLETION, Place.FROM_OUTSIDE)
                        .flatMap(resume -> Stream.of(0, 1, 2, 3)
                                .map(taken -> Arguments.of(way.get()[0], way.get()[1], pause, resume, taken)))));
    }

    private void ask(Place place, Runnable what) {
        Connection connection = handler.connection();
        switch (place) {
            case NOWHERE, IN_THE_CALLBACK -> {}
            case FROM_OUTSIDE -> what.run();
            case IN_A_TASK -> connection.execute(what);
            case IN_A_COMPLETION ->
                connection.write(ByteBuffer.allocate(0), what, new Completion<Runnable>() {
                    @Override
                    void completed(Runnable told) {
                        told.run();
                    }
                });
        }
        settle();
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void presentsUnreadBytesWithoutAnotherByteOfThePeer(
            Way way, boolean elsewhere, Place pause, Place resume, int taken) {
        handler.onData = (connection, data) -> {
            handler.take(data.slice(data.position(), taken));
            data.position(data.position() + taken);
            if (pause == Place.IN_THE_CALLBACK) {
                connection.pause();
            }
        };
        start(way, elsewhere);
        receive(way, "abc");
        ask(pause, handler.connection()::pause);
        assertEquals("abc".substring(0, taken), handler.receivedText());

        handler.onData = (connection, data) -> handler.take(data);
        ask(resume, handler.connection()::resume);
        assertEquals("abc", handler.receivedText());
        assertEquals(taken == 3 ? 1 : 2, Collections.frequency(handler.events, "data"));
        assertTrue(transport.reading());

        receive(way, "def");
        assertEquals("abcdef", handler.receivedText());
        end(way + " " + pause + " " + resume + " " + taken);
    }

    /** A peer sends byte after byte while the handler takes one at a time, and resumes on another thread. */
    @ParameterizedTest
    @MethodSource("ways")
    void losesNothingWhicheverSideIsFaster(Way way, boolean elsewhere) {
        handler.onData = (connection, data) -> handler.received.write(data.get());
        start(way, elsewhere);
        StringBuilder sent = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            if (i % 3 != 2) {
                String next = "" + (char) ('a' + i % 26) + (char) ('A' + i % 26);
                sent.append(next);
                receive(way, next);
            }
            handler.connection().pause();
            settle();
            handler.connection().resume();
            settle();
        }
        handler.onData = (connection, data) -> handler.take(data);
        handler.connection().resume();
        settle();
        assertEquals(sent.toString(), handler.receivedText());
        end("faster");
    }

    /** With callbacks on an executor the read may complete while the handler still has the bytes. */
    @ParameterizedTest
    @MethodSource("ways")
    void aReadThatCompletesMeanwhileIsPresentedAfterTheUnreadBytes(Way way, boolean elsewhere) {
        handler.onData = (connection, data) -> data.get();
        start(way, elsewhere);
        receive(way, "abc");
        handler.onData = (connection, data) -> handler.received.write(data.get());
        handler.connection().resume();
        byte[] more = "def".getBytes(ISO_8859_1);
        transport.receive(way == Way.PLAIN ? more : FrameFilter.frame(FrameFilter.DATA, more));
        transport.completeAll();
        settle();
        handler.onData = (connection, data) -> handler.take(data);
        handler.connection().resume();
        settle();
        assertEquals("bcdef", handler.receivedText());
        end("meanwhile");
    }

    /**
     * A handler that resumes within the callback that has seen the bytes waits for more of them, without a busy loop.
     */
    @ParameterizedTest
    @MethodSource("ways")
    void aHandlerThatResumesWithinItsCallbackIsCalledAgainWithMore(Way way, boolean elsewhere) {
        handler.onData = (connection, data) -> {
            assertTrue(handler.events.size() < 20, "called again and again with the same bytes");
            connection.pause();
            if (data.remaining() == 4) {
                handler.take(data);
            }
            connection.resume();
        };
        start(way, elsewhere);
        receive(way, "ab");
        receive(way, "cd");
        assertEquals("abcd", handler.receivedText());
        end("within");
    }

    /** A handler that left bytes unread for a reason of its own is called again when it resumes. */
    @ParameterizedTest
    @MethodSource("ways")
    void presentsBytesLeftUnreadWithoutAPause(Way way, boolean elsewhere) {
        boolean[] open = {false};
        handler.onData = (connection, data) -> {
            if (open[0]) {
                handler.take(data);
            }
        };
        start(way, elsewhere);
        receive(way, "abc");
        assertTrue(transport.reading());
        handler.connection().execute(() -> open[0] = true);
        settle();
        handler.connection().resume();
        settle();
        assertEquals("abc", handler.receivedText());
        end("short");
    }

    /** The rest never arrives: the end must be reported, not the same bytes forever. */
    @ParameterizedTest
    @MethodSource("ways")
    void aHandlerThatResumesWithinItsCallbackIsNotifiedOfTheEnd(Way way, boolean elsewhere) {
        handler.onData = (connection, data) -> {
            assertTrue(handler.events.size() < 20, "called again and again with the same bytes");
            connection.pause();
            connection.resume();
        };
        start(way, elsewhere);
        receive(way, "ab");
        if (way != Way.PLAIN) {
            transport.receive(FrameFilter.frame(FrameFilter.CLOSE));
        }
        transport.receiveEnd();
        settle();
        assertEquals("close PEER_CLOSE", handler.events.get(handler.events.size() - 1));
        transport.verify("end");
        machine.verify("end");
    }

    @ParameterizedTest
    @MethodSource("ways")
    void theEndIsReportedAfterThePresentedBytes(Way way, boolean elsewhere) {
        handler.onData = (connection, data) -> {};
        start(way, elsewhere);
        receive(way, "abc");
        handler.onData = (connection, data) -> handler.received.write(data.get());
        handler.connection().resume();
        settle();
        if (way != Way.PLAIN) {
            transport.receive(FrameFilter.frame(FrameFilter.CLOSE));
        }
        transport.receiveEnd();
        settle();
        assertEquals("a", handler.receivedText());
        assertEquals("close PEER_CLOSE", handler.events.get(handler.events.size() - 1));
        transport.verify("end");
        machine.verify("end");
    }
}
