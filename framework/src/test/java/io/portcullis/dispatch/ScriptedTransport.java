// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.internal.wire.Transport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.CompletionHandler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A transport whose network is two queues of bytes that a test fills and reads. Operations complete inside the call or
 * when the test {@linkplain #completeRead() says so}, whole or in part.
 *
 * <p>It checks its user: one read and one write at a time, at least one byte each, nothing after close, and no buffer
 * touched while an operation on it is pending. Violations are reported by {@link #verify}.
 */
final class ScriptedTransport implements Transport {
    private static final byte[] FILLING = new byte[1024];

    static {
        Arrays.fill(FILLING, (byte) 0x5A);
    }

    /** Decides how an operation completes. */
    interface Script {
        /** Whether an operation that could complete does so inside the call. */
        boolean inline();

        /** The number of bytes transferred, from 1 to the given maximum. */
        int length(int most);
    }

    /** Everything that can complete does so inside the call, completely. */
    static final Script EAGER = script(true, Integer.MAX_VALUE);

    /** Everything waits for the test. */
    static final Script DEFERRED = script(false, Integer.MAX_VALUE);

    static Script script(boolean inline, int longest) {
        return new Script() {
            @Override
            public boolean inline() {
                return inline;
            }

            @Override
            public int length(int most) {
                return Math.min(most, longest);
            }
        };
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Read(ByteBuffer target, int position, byte[] contents, CompletionHandler<Integer, Void> handler) {}

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Write(
            ByteBuffer[] sources,
            int[] positions,
            byte[] contents,
            @Nullable CompletionHandler<Integer, Void> single,
            @Nullable CompletionHandler<Long, Void> gathering) {}

    /** The bytes sent to the peer. */
    static final class Sent extends ByteArrayOutputStream {
        /** A copy of them from an offset on. */
        byte[] from(int position) {
            return Arrays.copyOfRange(buf, position, count);
        }
    }

    final List<String> defects = new ArrayList<>();
    final Sent sent = new Sent();
    Script script;

    /** The number of bytes that the peer still accepts. */
    long window = Long.MAX_VALUE;

    /** The number of bytes that the operating system reports as buffered. */
    int sendBuffer;

    boolean outputEnded;
    boolean closed;

    /** Whether operations that are pending at the close are lost. */
    boolean closeFails;

    /** Whether the next close throws although it has closed, as it may without memory. */
    boolean closeThrows;

    int writes;
    int reads;

    private ByteBuffer incoming = ByteBuffer.allocate(0);
    private boolean incomingEnded;
    private @Nullable Throwable readFailure;
    private @Nullable Throwable writeFailure;
    private @Nullable Read read;
    private @Nullable Write write;

    ScriptedTransport(Script script) {
        this.script = script;
    }

    // The peer.

    /** Sends bytes from the peer. */
    ScriptedTransport receive(byte[] bytes) {
        incoming = ByteBuffer.allocate(incoming.remaining() + bytes.length)
                .put(incoming)
                .put(bytes)
                .flip();
        return this;
    }

    ScriptedTransport receive(String text) {
        return receive(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Ends the peer's stream. */
    ScriptedTransport receiveEnd() {
        incomingEnded = true;
        return this;
    }

    /** Fails the network, for all operations from now on. */
    void fail(Throwable failure) {
        readFailure = failure;
        writeFailure = failure;
    }

    String sentText() {
        return sent.toString(StandardCharsets.ISO_8859_1);
    }

    boolean reading() {
        return read != null;
    }

    boolean writing() {
        return write != null;
    }

    /** Completes the pending read if it can; returns whether it did. */
    boolean completeRead() {
        Read pending = read;
        if (pending == null || !(closed || readFailure != null || incoming.hasRemaining() || incomingEnded)) {
            return false;
        }
        ByteBuffer target = pending.target;
        if (target.position() != pending.position
                || !ByteBuffer.wrap(pending.contents).equals(around(target))) {
            defects.add("a buffer was touched during a read into it");
        }
        read = null;
        if (closed || readFailure != null) {
            pending.handler.failed(closed ? new AsynchronousCloseException() : readFailure, null);
        } else if (!incoming.hasRemaining()) {
            pending.handler.completed(-1, null);
        } else {
            int length = script.length(Math.min(target.remaining(), incoming.remaining()));
            target.put(incoming.slice(incoming.position(), length));
            incoming.position(incoming.position() + length);
            pending.handler.completed(length, null);
        }
        return true;
    }

    /** Completes the pending write if it can; returns whether it did. */
    boolean completeWrite() {
        Write pending = write;
        if (pending == null || !(closed || writeFailure != null || window > 0)) {
            return false;
        }
        for (int i = 0; i < pending.sources.length; i++) {
            if (pending.sources[i].position() != pending.positions[i]) {
                defects.add("the position of a buffer was changed during a write");
            }
        }
        if (!Arrays.equals(remaining(pending.sources), pending.contents)) {
            defects.add("a buffer was touched during a write");
        }
        write = null;
        if (closed || writeFailure != null) {
            Throwable failure = closed ? new AsynchronousCloseException() : writeFailure;
            if (pending.single != null) {
                pending.single.failed(failure, null);
            } else if (pending.gathering != null) {
                pending.gathering.failed(failure, null);
            }
            return true;
        }
        int length = script.length((int) Math.min(window, pending.contents.length));
        window -= length;
        sent.write(pending.contents, 0, length);
        advance(pending.sources, length);
        if (pending.single != null) {
            pending.single.completed(length, null);
        } else if (pending.gathering != null) {
            pending.gathering.completed((long) length, null);
        }
        return true;
    }

    /** Completes operations until none can be completed. */
    void completeAll() {
        while (completeBoth()) {
            // Each completion may start the next operation.
        }
    }

    /** Completes the pending read and the pending write if they can; returns whether one of them did. */
    boolean completeBoth() {
        boolean any = completeRead();
        return completeWrite() || any;
    }

    /** Verifies that nothing forbidden was done, and that nothing is pending. */
    void verify(String what) {
        assertEquals(List.of(), defects, what);
        assertEquals(false, read != null, what + ": a read is pending");
        assertEquals(false, write != null, what + ": a write is pending");
        assertEquals(true, closed, what + ": not closed");
    }

    // The connection.

    @Override
    public void read(ByteBuffer target, CompletionHandler<Integer, Void> handler) {
        reads++;
        check(read == null, "a second read was started");
        check(!closed, "a read was started after close");
        check(target.hasRemaining(), "a read into a full buffer was started");
        target.duplicate().put(FILLING, 0, Math.min(FILLING.length, target.remaining()));
        byte[] contents = new byte[around(target).remaining()];
        around(target).get(contents);
        read = new Read(target, target.position(), contents, handler);
        if (script.inline()) {
            completeRead();
        }
    }

    @Override
    public void write(ByteBuffer source, CompletionHandler<Integer, Void> handler) {
        start(new ByteBuffer[] {source}, handler, null);
    }

    @Override
    public void write(ByteBuffer[] sources, CompletionHandler<Long, Void> handler) {
        start(sources, null, handler);
    }

    private void start(
            ByteBuffer[] sources,
            @Nullable CompletionHandler<Integer, Void> single,
            @Nullable CompletionHandler<Long, Void> gathering) {
        writes++;
        check(write == null, "a second write was started");
        check(!closed, "a write was started after close");
        check(!outputEnded, "a write was started after the end of the output");
        check(
                Arrays.stream(sources).allMatch(ByteBuffer::isDirect),
                "a heap buffer was given to the channel, which copies it");
        byte[] contents = remaining(sources);
        check(contents.length > 0, "an empty write was started");
        int[] positions = Arrays.stream(sources).mapToInt(ByteBuffer::position).toArray();
        write = new Write(sources, positions, contents, single, gathering);
        if (script.inline()) {
            completeWrite();
        }
    }

    @Override
    public int sendBuffer() {
        return sendBuffer;
    }

    @Override
    public void shutdownOutput() throws IOException {
        check(write == null, "the output was ended while a write was pending");
        check(!closed, "the output was ended after close");
        outputEnded = true;
    }

    @Override
    public void close() {
        closed = true;
        if (script.inline()) {
            completeRead();
            completeWrite();
        }
        if (closeThrows) {
            closeThrows = false;
            throw new OutOfMemoryError("thrown by the test");
        }
    }

    @Override
    public boolean closed() {
        return closed && !closeFails;
    }

    private void check(boolean holds, String otherwise) {
        if (!holds) {
            defects.add(otherwise);
        }
    }

    /** The contents of a buffer before its position, and the beginning of its remaining space. */
    private static ByteBuffer around(ByteBuffer buffer) {
        return buffer.slice(0, Math.min(buffer.position() + FILLING.length, buffer.limit()));
    }

    private static byte[] remaining(ByteBuffer[] buffers) {
        byte[] all =
                new byte[Arrays.stream(buffers).mapToInt(ByteBuffer::remaining).sum()];
        int index = 0;
        for (ByteBuffer buffer : buffers) {
            int length = buffer.remaining();
            buffer.duplicate().get(all, index, length);
            index += length;
        }
        return all;
    }

    private static void advance(ByteBuffer[] buffers, int length) {
        int left = length;
        for (ByteBuffer buffer : buffers) {
            int taken = Math.min(left, buffer.remaining());
            buffer.position(buffer.position() + taken);
            left -= taken;
        }
    }
}
