// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Records its events in order, and does what a test sets; it checks that callbacks come in their order. */
class RecordingHandler implements ConnectionHandler {
    final List<String> events = new ArrayList<>();
    final ByteArrayOutputStream received = new ByteArrayOutputStream();
    Consumer<Connection> onOpen = connection -> {};
    BiConsumer<Connection, ByteBuffer> onData = (connection, data) -> take(data);
    Consumer<Connection> onWritable = connection -> {};
    Consumer<Connection> onEndOfInput = Connection::close;
    Consumer<Connection> onClose = connection -> {};

    @Nullable
    Connection connection;

    @Nullable
    CloseReason reason;

    @Nullable
    Throwable cause;

    private boolean inside;

    public RecordingHandler() {}

    /** A handler that echoes what it receives. */
    static RecordingHandler echo() {
        RecordingHandler handler = new RecordingHandler();
        handler.onData = (connection, data) -> connection.write(data);
        return handler;
    }

    /** The connection, once it is open. */
    Connection connection() {
        if (connection == null) {
            throw new IllegalStateException("not open: " + events);
        }
        return connection;
    }

    void take(ByteBuffer data) {
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        received.writeBytes(bytes);
    }

    String receivedText() {
        return received.toString(StandardCharsets.ISO_8859_1);
    }

    /** A completion handler that records its completion as an event. */
    CompletionHandler<Void, String> completion() {
        return new CompletionHandler<>() {
            @Override
            public void completed(@Nullable Void none, String name) {
                call("completed " + name, () -> {});
            }

            @Override
            public void failed(Throwable cause, String name) {
                call("failed " + name, () -> {});
            }
        };
    }

    private void call(String event, Runnable body) {
        events.add(inside ? "OVERLAP " + event : event);
        inside = true;
        try {
            body.run();
        } finally {
            inside = false;
        }
    }

    @Override
    public void onOpen(Connection opened) {
        connection = opened;
        call("open", () -> onOpen.accept(opened));
    }

    @Override
    public void onData(Connection connection, ByteBuffer data) {
        call("data", () -> onData.accept(connection, data));
    }

    @Override
    public void onWritable(Connection connection) {
        call("writable", () -> onWritable.accept(connection));
    }

    @Override
    public void onEndOfInput(Connection connection) {
        call("end", () -> onEndOfInput.accept(connection));
    }

    @Override
    public void onClose(Connection closed, CloseReason why, @Nullable Throwable lyingBehind) {
        assertEquals(null, reason, "onClose was called twice");
        reason = why;
        cause = lyingBehind;
        call("close " + why, () -> onClose.accept(closed));
    }
}
