// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.internal.records.GroupNames;
import io.portcullis.internal.records.RecordFormat;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** The text for the records of one direction, for {@link HandshakeTrace}. */
final class TracedRecords {
    /** The size of a record's header and the type of the message in it. */
    static final int OPENING = RecordFormat.LENGTH + 1;

    static final int CLIENT_HELLO = 1;
    private static final int SERVER_HELLO = 2;
    private static final int FATAL = 2;

    /** The maximum length of a body that is parsed. */
    private static final int KEPT = 1 << 14;

    private static final Map<Integer, String> MESSAGES = Map.ofEntries(
            Map.entry(0, "HelloRequest"),
            Map.entry(CLIENT_HELLO, "ClientHello"),
            Map.entry(SERVER_HELLO, "ServerHello"),
            Map.entry(4, "NewSessionTicket"),
            Map.entry(11, "Certificate"),
            Map.entry(12, "ServerKeyExchange"),
            Map.entry(13, "CertificateRequest"),
            Map.entry(14, "ServerHelloDone"),
            Map.entry(15, "CertificateVerify"),
            Map.entry(16, "ClientKeyExchange"),
            Map.entry(20, "Finished"),
            Map.entry(22, "CertificateStatus"));

    private final ByteBuffer header = ByteBuffer.allocate(RecordFormat.LENGTH);
    private final HandshakeMessages messages = new HandshakeMessages(KEPT);

    /** The end of the bytes before the first record that are not TLS. */
    private ByteBuffer tail = ByteBuffer.allocate(0);

    private boolean begun;

    /** After a ChangeCipherSpec, handshake records are encrypted, except a second hello in TLS 1.3 (RFC 8446, D.4). */
    private boolean changed;

    private int content;
    private int recordLeft;
    private int encrypted;

    boolean begun() {
        return begun;
    }

    void begin() {
        begun = true;
    }

    /** Returns the bytes kept before, followed by the given ones. */
    ByteBuffer withTail(ByteBuffer bytes) {
        return ByteBuffer.allocate(tail.remaining() + bytes.remaining())
                .put(tail.duplicate())
                .put(bytes.duplicate())
                .flip();
    }

    /** Keeps the bytes that may be the beginning of a record with a ClientHello. */
    void keepTail(ByteBuffer bytes) {
        int kept = Math.min(bytes.remaining(), OPENING - 1);
        tail = bytes.slice(bytes.limit() - kept, kept);
    }

    void look(ByteBuffer network, Consumer<String> lines) {
        while (network.hasRemaining()) {
            if (recordLeft == 0) {
                HandshakeMessages.take(network, header);
                if (!header.hasRemaining()) {
                    content = header.get(0);
                    recordLeft = header.getShort(RecordFormat.LENGTH - 2) & 0xffff;
                    header.clear();
                }
            } else {
                int length = Math.min(recordLeft, network.remaining());
                lookIntoRecord(network.slice(network.position(), length), lines);
                recordLeft -= length;
                network.position(network.position() + length);
            }
        }
        reportEncrypted(lines);
    }

    private void lookIntoRecord(ByteBuffer part, Consumer<String> lines) {
        if (content == RecordFormat.HANDSHAKE && (!changed || messages.within() || secondHello(part))) {
            reportEncrypted(lines);
            while (messages.next(part)) {
                lines.accept(message());
            }
        } else if (content == RecordFormat.CHANGE_CIPHER_SPEC) {
            reportEncrypted(lines);
            changed = true;
            lines.accept("ChangeCipherSpec");
        } else if (content == RecordFormat.ALERT && recordLeft == 2 && part.remaining() == 2) {
            reportEncrypted(lines);
            lines.accept((part.get(0) == FATAL ? "fatal alert " : "warning alert ") + (part.get(1) & 0xff));
        } else {
            encrypted += part.remaining();
        }
    }

    /** Types 1 and 2, and a length below 65,536, in a place that holds random bytes otherwise. */
    private static boolean secondHello(ByteBuffer part) {
        return part.remaining() > 1 && part.get(0) > 0 && part.get(0) <= SERVER_HELLO && part.get(1) == 0;
    }

    private void reportEncrypted(Consumer<String> lines) {
        if (encrypted > 0) {
            lines.accept("encrypted " + encrypted + " B");
            encrypted = 0;
        }
    }

    private String message() {
        int type = messages.type();
        int length = messages.length();
        ByteBuffer body = messages.body();
        if (type == CLIENT_HELLO) {
            return "ClientHello " + length + " B (" + offers(body) + ")";
        }
        boolean retry = type == SERVER_HELLO && body.remaining() > 10 && body.getLong(2) == ServerFlight.RETRY;
        String name = retry ? "HelloRetryRequest" : MESSAGES.getOrDefault(type, "message " + type);
        return name + " " + length + " B";
    }

    /** Returns the contents of a ClientHello. */
    private static String offers(ByteBuffer body) {
        try {
            ClientHello hello = ClientHelloParser.parse(body);
            List<String> offers = new ArrayList<>();
            hello.serverName().ifPresent(name -> offers.add("name " + ForeignText.name(name)));
            offers.add("versions "
                    + hello.versions().stream().map(TracedRecords::version).collect(Collectors.joining(" ")));
            offers.add(hello.cipherSuites().size() + " suites");
            offers.add("groups " + hello.groups().stream().map(GroupNames::name).collect(Collectors.joining(" ")));
            if (!hello.applicationProtocols().isEmpty()) {
                offers.add("ALPN " + ForeignText.of(String.join(" ", hello.applicationProtocols())));
            }
            return String.join("; ", offers);
        } catch (TlsException | BufferUnderflowException malformed) {
            return malformed.getMessage() == null ? "it cannot be parsed" : malformed.getMessage();
        }
    }

    private static String version(int number) {
        return switch (number) {
            case 0x0304 -> "TLSv1.3";
            case 0x0303 -> "TLSv1.2";
            case 0x0302 -> "TLSv1.1";
            case 0x0301 -> "TLSv1";
            default -> String.format("0x%04x", number);
        };
    }
}
