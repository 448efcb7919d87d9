// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.records.GroupNames;
import io.portcullis.internal.records.RecordFormat;
import io.portcullis.internal.states.Transitions;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Obtains two facts that engines do not report from the unencrypted messages of a server: whether a session is resumed,
 * and which group the key exchange used. In TLS 1.3, both are in the ServerHello (RFC 8446, 4.1.3). In TLS 1.2, the
 * group is in the ServerKeyExchange (RFC 8422, 5.4), and a server that resumes a session sends neither this nor a
 * certificate (RFC 5246, 7.3).
 *
 * <p>It only reads. Messages that it does not understand or expect are left for the engine to refuse, and the facts
 * remain unknown.
 */
final class ServerFlight {
    /**
     * The last message seen. Any message not shown leads to OVER.
     *
     * <pre>
     *   NOTHING -- ServerHello of TLS 1.3 -------------------------------------> OVER
     *      |                                                                      ^
     *      | of TLS 1.2                                                           |
     *      v                                                                      |
     *    HELLO -- ChangeCipherSpec: resumed; ServerKeyExchange, ServerHelloDone --+
     *      |                                                                      |
     *      v                                                                      |
     *   CERTIFICATE -- ServerKeyExchange, ServerHelloDone ------------------------+
     * </pre>
     */
    enum State {
        /** Or a HelloRetryRequest. */
        NOTHING,
        /** A ServerHello of TLS 1.2. */
        HELLO,
        /** The session is not resumed. */
        CERTIFICATE,
        /** No more facts are expected. */
        OVER
    }

    static final Transitions<State> TRANSITIONS = new Transitions<>(State.class)
            .allow(State.NOTHING, EnumSet.of(State.HELLO, State.OVER))
            .allow(State.HELLO, EnumSet.of(State.CERTIFICATE, State.OVER))
            .allow(State.CERTIFICATE, EnumSet.of(State.OVER));

    private static final int SERVER_HELLO = 2;
    private static final int CERTIFICATE = 11;
    private static final int SERVER_KEY_EXCHANGE = 12;
    private static final int SERVER_HELLO_DONE = 14;
    private static final int MESSAGE_HEADER = 4;
    private static final int PRE_SHARED_KEY = 41;
    private static final int SUPPORTED_VERSIONS = 43;
    private static final int KEY_SHARE = 51;
    private static final int NAMED_CURVE = 3;

    /**
     * The beginning of the random in a HelloRetryRequest (RFC 8446, 4.1.3), which follows the headers of record and
     * message and the version.
     */
    static final long RETRY = 0xCF21AD74E59A6111L;

    /** More than twice the size of a ServerHello with the largest key share. */
    private static final int KEPT = 4096;

    private final ByteBuffer header = ByteBuffer.allocate(RecordFormat.LENGTH);
    private final HandshakeMessages messages = new HandshakeMessages(KEPT);
    private State state = State.NOTHING;

    /** The content type of the current record. */
    private int content;

    private int recordLeft;
    private boolean resumed;
    private @Nullable String group;

    /**
     * Returns whether the record at the given index is a HelloRetryRequest; the buffer is filled up to its position.
     */
    static boolean isRetry(ByteBuffer sent, int from) {
        int random = from + RecordFormat.LENGTH + MESSAGE_HEADER + Short.BYTES;
        return sent.position() >= random + Long.BYTES && sent.getLong(random) == RETRY;
    }

    /** Returns whether no more facts are expected. */
    boolean isOver() {
        return state == State.OVER;
    }

    private void become(State next) {
        state = TRANSITIONS.follow(state, next);
    }

    /** Adds the facts to the engine's session. */
    TlsSession complete(TlsSession session) {
        return session.seen(group != null ? Optional.of(group) : session.group(), resumed || session.resumed());
    }

    /** Reads the next bytes sent by the server; consumes them. */
    void look(ByteBuffer bytes) {
        while (state != State.OVER && bytes.hasRemaining()) {
            if (recordLeft > 0) {
                int length = Math.min(recordLeft, bytes.remaining());
                recordLeft -= length;
                lookIntoRecord(bytes.slice(bytes.position(), length));
                bytes.position(bytes.position() + length);
            } else {
                HandshakeMessages.take(bytes, header);
                if (!header.hasRemaining()) {
                    beginRecord();
                }
            }
        }
    }

    private void beginRecord() {
        content = header.get(0);
        recordLeft = header.getShort(RecordFormat.LENGTH - 2) & 0xffff;
        header.clear();
        // RFC 8446, D.4: one may follow a HelloRetryRequest, without any meaning
        boolean passedOver = content == RecordFormat.CHANGE_CIPHER_SPEC && state == State.NOTHING;
        if (content != RecordFormat.HANDSHAKE && !passedOver) {
            resumed = content == RecordFormat.CHANGE_CIPHER_SPEC && state == State.HELLO;
            become(State.OVER);
        }
    }

    private void lookIntoRecord(ByteBuffer part) {
        while (content == RecordFormat.HANDSHAKE && state != State.OVER && messages.next(part)) {
            try {
                lookIntoMessage(messages.type(), messages.body());
            } catch (BufferUnderflowException | IllegalArgumentException malformed) {
                become(State.OVER);
            }
        }
    }

    private void lookIntoMessage(int type, ByteBuffer body) {
        if (type == SERVER_HELLO && state == State.NOTHING) {
            lookIntoHello(body);
        } else if (type == CERTIFICATE && state == State.HELLO) {
            become(State.CERTIFICATE);
        } else if (type == SERVER_KEY_EXCHANGE && state != State.NOTHING) {
            group = body.get() == NAMED_CURVE ? GroupNames.name(body.getShort() & 0xffff) : null;
            become(State.OVER);
        } else if (type == SERVER_HELLO
                || type == CERTIFICATE
                || type == SERVER_KEY_EXCHANGE
                || type == SERVER_HELLO_DONE) {
            become(State.OVER);
        }
    }

    private void lookIntoHello(ByteBuffer hello) {
        hello.getShort();
        long random = hello.getLong();
        skip(hello, 24);
        skip(hello, hello.get() & 0xff);
        skip(hello, 3);
        boolean tls13 = false;
        boolean preSharedKey = false;
        String share = null;
        skip(hello, hello.hasRemaining() ? 2 : 0);
        while (hello.hasRemaining()) {
            int extension = hello.getShort();
            int end = (hello.getShort() & 0xffff) + hello.position();
            tls13 |= extension == SUPPORTED_VERSIONS;
            preSharedKey |= extension == PRE_SHARED_KEY;
            share = extension == KEY_SHARE ? GroupNames.name(hello.getShort() & 0xffff) : share;
            hello.position(end);
        }
        if (!tls13) {
            become(State.HELLO);
        } else if (random != RETRY) {
            resumed = preSharedKey;
            group = share;
            become(State.OVER);
        }
    }

    private static void skip(ByteBuffer buffer, int length) {
        buffer.position(buffer.position() + length);
    }
}
