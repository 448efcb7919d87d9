// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.records.GroupNames;
import io.portcullis.internal.records.RecordFormat;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads, in what a server says in the clear, two facts that engines keep to themselves: whether a session is resumed, and
 * which group the key exchange used. With TLS 1.3 both are in the ServerHello (RFC 8446, 4.1.3); with TLS 1.2 the group is in
 * the ServerKeyExchange (RFC 8422, 5.4), and a server that resumes sends neither this nor a certificate (RFC 5246, 7.3).
 *
 * <p>It only looks: what it does not understand is left to the engine to refuse, and the facts stay unknown.
 */
final class ServerFlight {
    private static final int SERVER_HELLO = 2;
    private static final int CERTIFICATE = 11;
    private static final int SERVER_KEY_EXCHANGE = 12;
    private static final int SERVER_HELLO_DONE = 14;
    private static final int MESSAGE_HEADER = 4;
    private static final int PRE_SHARED_KEY = 41;
    private static final int SUPPORTED_VERSIONS = 43;
    private static final int KEY_SHARE = 51;
    private static final int NAMED_CURVE = 3;

    /** How the random of a HelloRetryRequest begins (RFC 8446, 4.1.3), behind the headers of record and message and the version. */
    static final long RETRY = 0xCF21AD74E59A6111L;

    /** A ServerHello with the largest key share has less than half of this. */
    private static final int KEPT = 4096;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** Of every connection whose handshake is over: does not look any more. */
    private static final ServerFlight OVER_AT_SERVER = over(true);

    private static final ServerFlight OVER_AT_CLIENT = over(false);

    /** Who speaks first is the client. */
    private boolean client;

    private boolean server;

    /** A part of a record's header; null when there is nothing more to learn. */
    private @Nullable ByteBuffer header = ByteBuffer.allocate(RecordFormat.LENGTH);

    /** A part of a message's header, or of a message. */
    private ByteBuffer message = ByteBuffer.allocate(MESSAGE_HEADER);

    private int recordLeft;
    private boolean handshakeRecord;
    private int messageLeft = MESSAGE_HEADER;
    private boolean inBody;
    private int type;
    private boolean helloSeen;
    private boolean resumed;
    private @Nullable String group;
    private int bareAlert = RecordHeader.NO_ALERT;
    private boolean echoed;

    private static ServerFlight over(boolean server) {
        ServerFlight flight = new ServerFlight();
        flight.server = server;
        flight.client = !server;
        flight.header = null;
        flight.message = NOTHING;
        return flight;
    }

    /** What is left of it when the handshake is over: which side this is. */
    ServerFlight over() {
        return server ? OVER_AT_SERVER : OVER_AT_CLIENT;
    }

    /** Whether this side is the server: it was the other one that spoke first. */
    boolean atServer() {
        return server;
    }

    /** The fatal alert that the peer has sent during the handshake, if it was not encrypted, or {@link RecordHeader#NO_ALERT}. */
    int bareAlert() {
        return bareAlert;
    }

    /** Whether the record at that position of the buffer, which is filled up to its position, is a HelloRetryRequest. */
    static boolean isRetry(ByteBuffer said, int from) {
        int random = from + RecordFormat.LENGTH + MESSAGE_HEADER + Short.BYTES;
        return said.position() >= random + Long.BYTES && said.getLong(random) == RETRY;
    }

    /** Whether this client was answered by a ClientHello: by its own, mostly. */
    boolean echoed() {
        return echoed;
    }

    private boolean isOver() {
        return this == OVER_AT_SERVER || this == OVER_AT_CLIENT;
    }

    /** A record of the peer is about to be read; its buffer is left as it is. */
    void heard(ByteBuffer record) {
        if (!isOver()) {
            bareAlert = Math.max(bareAlert, RecordHeader.bareAlert(record));
        }
        if (header != null) {
            server |= !client;
            if (client) {
                echoed |= RecordHeader.isClientHello(record);
                look(record.duplicate());
            }
        }
    }

    /** This side has written something, behind that position of the buffer. */
    void said(ByteBuffer network, int from) {
        if (header != null) {
            client |= !server && network.position() > from;
            if (server) {
                look(network.duplicate().flip().position(from));
            }
        }
    }

    /** Completes what an engine tells of the session. */
    TlsSession complete(TlsSession told) {
        return new TlsSession(
                told.protocol(),
                told.cipherSuite(),
                group != null ? Optional.of(group) : told.group(),
                resumed || told.resumed(),
                told.applicationProtocol(),
                told.serverName(),
                told.peerCertificates());
    }

    private void look(ByteBuffer bytes) {
        while (header != null && bytes.hasRemaining()) {
            if (recordLeft > 0) {
                int length = Math.min(recordLeft, bytes.remaining());
                recordLeft -= length;
                if (handshakeRecord) {
                    lookIntoRecord(bytes.slice(bytes.position(), length));
                }
                bytes.position(bytes.position() + length);
            } else {
                ByteBuffer begin = header;
                take(bytes, begin);
                if (!begin.hasRemaining()) {
                    beginRecord(begin.flip());
                    begin.clear();
                }
            }
        }
    }

    private void beginRecord(ByteBuffer begin) {
        int content = begin.get(0);
        recordLeft = begin.getShort(RecordFormat.LENGTH - 2) & 0xffff;
        handshakeRecord = content == RecordFormat.HANDSHAKE;
        boolean change = content == RecordFormat.CHANGE_CIPHER_SPEC;
        if (change && !helloSeen) {
            // RFC 8446, D.4: one may stand behind a HelloRetryRequest, and means nothing
            return;
        }
        if (!handshakeRecord) {
            resumed |= change;
            recordLeft = 0;
            header = null;
        }
    }

    private void lookIntoRecord(ByteBuffer part) {
        while (header != null && part.hasRemaining()) {
            int length = Math.min(messageLeft, part.remaining());
            take(part.slice(part.position(), length), message);
            part.position(part.position() + length);
            messageLeft -= length;
            while (header != null && messageLeft == 0) {
                partIsWhole();
            }
        }
    }

    private void partIsWhole() {
        message.flip();
        if (inBody) {
            lookIntoMessage(message);
            expect(false, MESSAGE_HEADER);
        } else {
            int start = message.getInt();
            type = start >>> 24;
            expect(true, start & 0xffffff);
        }
    }

    private void expect(boolean body, int length) {
        inBody = body;
        messageLeft = length;
        message = ByteBuffer.allocate(Math.min(length, KEPT));
    }

    /** As much as there is room for; the rest of a long message is passed over. */
    private static void take(ByteBuffer source, ByteBuffer target) {
        int length = Math.min(source.remaining(), target.remaining());
        target.put(source.slice(source.position(), length));
        source.position(source.position() + length);
    }

    private void lookIntoMessage(ByteBuffer body) {
        try {
            if (type == SERVER_HELLO) {
                lookIntoHello(body);
            } else if (type == SERVER_KEY_EXCHANGE) {
                group = body.get() == NAMED_CURVE ? GroupNames.name(body.getShort() & 0xffff) : null;
                header = null;
            } else if (type == CERTIFICATE) {
                helloSeen = false;
            } else if (type == SERVER_HELLO_DONE) {
                header = null;
            }
        } catch (BufferUnderflowException | IllegalArgumentException malformed) {
            header = null;
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
        helloSeen = !tls13;
        if (tls13 && random != RETRY) {
            resumed = preSharedKey;
            group = share;
            header = null;
        }
    }

    private static void skip(ByteBuffer buffer, int length) {
        buffer.position(buffer.position() + length);
    }
}
