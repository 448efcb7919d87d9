// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.tls.Filter;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.Step;
import io.portcullis.tls.TlsException;
import io.portcullis.tls.TlsSession;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A filter with everything that TLS has and no cryptography: frames of a type, a length and XORed bytes; a handshake of
 * one HELLO each way with a task between them; a PING that must be answered before decoding continues; a closing frame.
 *
 * <p>It checks its driver: one call at a time, none while a task runs, none after free. The violations are recorded in
 * {@link #defects}.
 */
class FrameFilter implements Filter {
    static final byte HELLO = 1;
    static final byte DATA = 2;
    static final byte PING = 3;
    static final byte PONG = 4;
    static final byte CLOSE = 5;
    static final byte ALERT = 6;
    static final int LONGEST = 1000;

    private static final int HEADER = 3;
    private static final byte KEY = 0x21;

    final List<String> defects = Collections.synchronizedList(new ArrayList<>());
    final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    int frees;

    private final boolean withTask;

    /** Whether the peer's closing frame ends both directions, as its close_notify does in TLS 1.2. */
    private final boolean closesBoth;

    private boolean busy;
    private boolean taskPending;
    private boolean taskRuns;
    private boolean helloHeard;
    private boolean helloDue;
    private boolean secured;
    private boolean pongDue;
    private boolean alertDue;
    private boolean failed;
    private boolean closing;
    private boolean outputClosed;
    private boolean inputClosed;
    private boolean networkEnded;

    FrameFilter(boolean withTask) {
        this(withTask, false);
    }

    FrameFilter(boolean withTask, boolean closesBoth) {
        this.withTask = withTask;
        this.closesBoth = closesBoth;
    }

    /** One frame as the peer sends it. */
    static byte[] frame(byte type, byte... content) {
        byte[] frame = new byte[HEADER + content.length];
        ByteBuffer.wrap(frame).put(type).putShort((short) content.length);
        for (int i = 0; i < content.length; i++) {
            frame[HEADER + i] = (byte) (content[i] ^ KEY);
        }
        return frame;
    }

    /** The contents of the data frames among the bytes, and whether they end with a closing frame. */
    static byte[] dataOf(byte[] frames) {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        ByteBuffer in = ByteBuffer.wrap(frames);
        while (in.remaining() >= HEADER) {
            byte type = in.get();
            int length = in.getShort();
            for (int i = 0; i < length && in.hasRemaining(); i++) {
                byte each = in.get();
                if (type == DATA) {
                    data.write(each ^ KEY);
                }
            }
        }
        return data.toByteArray();
    }

    @Override
    public Step decode(ByteBuffer network, ByteBuffer application) throws TlsException {
        enter("decode");
        try {
            if (failed || inputClosed) {
                return Step.CLOSED;
            }
            if ((pongDue || helloDue) && !outputClosed) {
                return Step.NEED_ENCODE;
            }
            if (network.remaining() < HEADER
                    || (network.remaining() < HEADER + length(network) && length(network) <= LONGEST)) {
                return networkEnded ? endOfNetwork() : Step.NEED_INPUT;
            }
            return decodeFrame(network, application);
        } finally {
            busy = false;
        }
    }

    private static int length(ByteBuffer network) {
        return Short.toUnsignedInt(network.getShort(network.position() + 1));
    }

    private Step endOfNetwork() throws TlsException {
        inputClosed = true;
        throw new TlsException(HandshakeFailure.TRUNCATED, "truncated", null);
    }

    private Step decodeFrame(ByteBuffer network, ByteBuffer application) throws TlsException {
        byte type = network.get(network.position());
        int length = length(network);
        boolean allowed = type == HELLO ? !helloHeard : secured && type <= CLOSE;
        if (!allowed || length > LONGEST) {
            failed = true;
            alertDue = true;
            throw new TlsException(HandshakeFailure.BAD_RECORD, "a frame of type " + type, null);
        }
        if (type == DATA && application.remaining() < length) {
            return Step.NEED_SPACE;
        }
        byte[] content = new byte[length];
        network.position(network.position() + HEADER).get(content);
        if (type == DATA) {
            for (int i = 0; i < length; i++) {
                content[i] ^= KEY;
            }
            application.put(content);
        }
        return switch (type) {
            case HELLO -> hello();
            case PING -> {
                // After the end of the stream nothing is answered
                pongDue = !outputClosed;
                yield pongDue ? Step.NEED_ENCODE : Step.PROGRESS;
            }
            case CLOSE -> {
                inputClosed = true;
                closing |= closesBoth;
                yield Step.CLOSED;
            }
            default -> Step.PROGRESS;
        };
    }

    private Step hello() {
        helloHeard = true;
        helloDue = true;
        taskPending = withTask;
        return withTask ? Step.RUN_TASK : Step.NEED_ENCODE;
    }

    @Override
    public Step encode(ByteBuffer application, ByteBuffer network) {
        enter("encode");
        try {
            if (outputClosed) {
                return Step.CLOSED;
            }
            if (network.remaining() < HEADER + LONGEST) {
                return Step.NEED_SPACE;
            }
            if (alertDue) {
                outputClosed = true;
                network.put(frame(ALERT));
                return Step.CLOSED;
            }
            if (helloDue) {
                helloDue = false;
                secured = true;
                network.put(frame(HELLO));
                return Step.SECURED;
            }
            if (pongDue) {
                pongDue = false;
                network.put(frame(PONG));
                return Step.PROGRESS;
            }
            return secured || closing ? encodeData(application, network) : Step.NEED_DECODE;
        } finally {
            busy = false;
        }
    }

    private Step encodeData(ByteBuffer application, ByteBuffer network) {
        if (closing) {
            outputClosed = true;
            network.put(frame(CLOSE));
            return Step.CLOSED;
        }
        if (!application.hasRemaining()) {
            return Step.NEED_INPUT;
        }
        byte[] content = new byte[Math.min(application.remaining(), LONGEST)];
        application.get(content);
        network.put(frame(DATA, content));
        return Step.PROGRESS;
    }

    private void enter(String call) {
        check(!busy, call + " within another call");
        check(!taskRuns, call + " while a task runs");
        check(frees == 0, call + " after free");
        busy = true;
        threads.add(Thread.currentThread());
    }

    private void check(boolean holds, String otherwise) {
        if (!holds) {
            defects.add(otherwise);
        }
    }

    @Override
    public boolean mayEnd(ByteBuffer network) {
        return secured
                && !inputClosed
                && network.remaining() >= HEADER
                && network.remaining() == HEADER + length(network)
                && network.get(network.position()) == CLOSE;
    }

    @Override
    public boolean hasOutput() {
        check(!taskRuns, "hasOutput while a task runs");
        return !outputClosed && (alertDue || helloDue || pongDue || closing);
    }

    @Override
    public void closeOutput() {
        check(!taskRuns, "closeOutput while a task runs");
        closing = true;
    }

    @Override
    public void closeInput() {
        check(!taskRuns, "closeInput while a task runs");
        networkEnded = true;
    }

    @Override
    public @Nullable Runnable task() {
        if (!taskPending) {
            return null;
        }
        taskPending = false;
        taskRuns = true;
        return () -> taskRuns = false;
    }

    @Override
    public boolean tasksMayBlock() {
        return true;
    }

    @Override
    public Filter successor() {
        throw new IllegalStateException();
    }

    @Override
    public int networkSpace() {
        return HEADER + LONGEST;
    }

    @Override
    public int applicationSpace() {
        return LONGEST;
    }

    @Override
    public boolean handshaking() {
        return !secured;
    }

    @Override
    public boolean computes(ByteBuffer network) {
        return !secured && network.remaining() >= HEADER && network.remaining() >= HEADER + length(network);
    }

    @Override
    public @Nullable TlsSession session() {
        return secured
                ? new TlsSession(
                        "FRAMES", "XOR", Optional.empty(), false, Optional.empty(), Optional.empty(), List.of())
                : null;
    }

    @Override
    public void free() {
        check(!taskRuns, "free while a task runs");
        frees++;
    }
}
