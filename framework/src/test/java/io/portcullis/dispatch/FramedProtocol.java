// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ProtocolViolationException;
import io.portcullis.frame.FrameHandler;
import io.portcullis.frame.LengthField;
import io.portcullis.frame.MessageHandler;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A real protocol, with a handler of its messages, messages as its peers send them, and bytes that violate it. Messages
 * are compared as text.
 */
enum FramedProtocol {
    /** The first message of a PostgreSQL client: a length that counts itself, and no type. */
    POSTGRESQL_STARTUP {
        private static final LengthField FIELD = LengthField.ofBytes(4).countingItself();

        @Override
        ConnectionHandler handler(BiConsumer<Connection, String> onMessage) {
            return FrameHandler.of(
                    FIELD,
                    LIMIT,
                    (connection, frame) -> onMessage.accept(connection, frame.getInt() + " " + text(frame)));
        }

        @Override
        Map<String, byte[]> messages() {
            Map<String, byte[]> messages = new LinkedHashMap<>();
            messages.put("80877103 ", bytes(0, 0, 0, 8, 4, 210, 22, 47)); // SSLRequest
            messages.put(
                    "196608 user\0ada\0\0", join(bytes(0, 0, 0, 18, 0, 3, 0, 0), "user\0ada\0\0".getBytes(ISO_8859_1)));
            return messages;
        }

        @Override
        Map<String, byte[]> violations() {
            return Map.of(
                    "the length of a frame is 3, less than the minimum, 4", bytes(0, 0, 0, 3, 1, 2, 3),
                    "a frame of 4294967291 bytes is announced, longer than the limit of 300", bytes(-1, -1, -1, -1));
        }
    },

    /** Messages of PostgreSQL 3.0: a type, and a length that counts itself, but not the type. */
    POSTGRESQL {
        private static final LengthField FIELD =
                LengthField.ofBytes(4).offset(1).countingItself().withHeader();

        @Override
        ConnectionHandler handler(BiConsumer<Connection, String> onMessage) {
            return FrameHandler.of(FIELD, LIMIT, (connection, frame) -> {
                char type = (char) frame.get(0);
                onMessage.accept(connection, type + text(frame.position(FIELD.longestHeader())));
            });
        }

        @Override
        Map<String, byte[]> messages() {
            Map<String, byte[]> messages = new LinkedHashMap<>();
            for (String message : List.of("Qselect 1\0", "P\0select $1\0\0\0", "S", "d" + "x".repeat(LIMIT), "X")) {
                messages.put(message, array(FIELD.frame(ByteBuffer.wrap(message.getBytes(ISO_8859_1)))));
            }
            return messages;
        }

        @Override
        Map<String, byte[]> violations() {
            return Map.of(
                    "the length of a frame is 0, less than the minimum, 4", bytes('Q', 0, 0, 0, 0, 1, 2),
                    "a frame of 301 bytes is announced, longer than the limit of 300", bytes('Q', 0, 0, 1, 49, 1),
                    "a frame of 4294967291 bytes is announced, longer than the limit of 300",
                            bytes('Q', -1, -1, -1, -1));
        }
    },

    /** Packets of MQTT 3.1.1: a byte of type and flags, and the remaining length in one to four bytes (2.2). */
    MQTT {
        private static final LengthField FIELD = LengthField.varint(4).offset(1).withHeader();

        @Override
        ConnectionHandler handler(BiConsumer<Connection, String> onMessage) {
            return FrameHandler.of(FIELD, LIMIT, (connection, packet) -> {
                int type = (packet.get() & 0xff) >> 4;
                while (packet.get() < 0) {
                    // the remaining length
                }
                onMessage.accept(connection, type + " " + text(packet));
            });
        }

        @Override
        Map<String, byte[]> messages() {
            Map<String, byte[]> messages = new LinkedHashMap<>();
            messages.put("1 \0\4MQTT\4\2\0\74\0\2id", packet(0x10, "\0\4MQTT\4\2\0\74\0\2id"));
            messages.put("12 ", packet(0xc0, ""));
            for (int length : new int[] {127, 128, LIMIT}) {
                String publication = "\0\3a/b" + "x".repeat(length - 5);
                messages.put("3 " + publication, packet(0x30, publication));
            }
            messages.put("13 ", bytes(0xd0, 0x80, 0x80, 0)); // no minimal length, which 3.1.1 does not forbid
            messages.put("14 ", packet(0xe0, ""));
            return messages;
        }

        private byte[] packet(int first, String rest) {
            return array(FIELD.frame(ByteBuffer.wrap(((char) first + rest).getBytes(ISO_8859_1))));
        }

        @Override
        Map<String, byte[]> violations() {
            return Map.of(
                    "the length of a frame has more than 4 bytes", bytes(0x30, -1, -1, -1, -1, 1, 2),
                    "a frame of 268435455 bytes is announced, longer than the limit of 300",
                            bytes(0x30, -1, -1, -1, 0x7f));
        }
    },

    /** Frames of a WebSocket client (RFC 6455, 5.2), whose header is parsed by a function. */
    WEBSOCKET {
        @Override
        ConnectionHandler handler(BiConsumer<Connection, String> onMessage) {
            LengthField field =
                    LengthField.parsed(14, FramedProtocol::webSocketHeader).withHeader();
            return FrameHandler.of(field, LIMIT, (connection, frame) -> {
                int opcode = frame.get(0) & 0xf;
                int contents = (frame.get(1) & 0x7f) < 126 ? 6 : 8;
                int key = frame.getInt(contents - 4);
                StringBuilder text = new StringBuilder(opcode + " ");
                for (int i = 0; contents + i < frame.limit(); i++) {
                    text.append((char) ((frame.get(contents + i) ^ (key >> (24 - 8 * (i % 4)))) & 0xff));
                }
                onMessage.accept(connection, text.toString());
            });
        }

        @Override
        Map<String, byte[]> messages() {
            Map<String, byte[]> messages = new LinkedHashMap<>();
            // RFC 6455, 5.7
            messages.put("1 Hello", bytes(0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58));
            messages.put("9 ", bytes(0x89, 0x80, 1, 2, 3, 4));
            messages.put(
                    "2 " + "x".repeat(126),
                    join(bytes(0x82, 0xfe, 0, 126, 0, 0, 0, 0), "x".repeat(126).getBytes(ISO_8859_1)));
            messages.put("8 ", bytes(0x88, 0x80, 0, 0, 0, 0));
            return messages;
        }

        @Override
        Map<String, byte[]> violations() {
            return Map.of(
                    "a frame of a client is not masked", bytes(0x81, 5, 'H', 'e', 'l', 'l', 'o'),
                    "a frame of 301 bytes is announced, longer than the limit of 300",
                            bytes(0x82, 0xfe, 1, 45, 0, 0, 0, 0),
                    "a frame of 9223372036854775807 bytes is announced, longer than the limit of 300",
                            bytes(0x82, 0xff, 0x7f, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0),
                    "the length of a frame has its highest bit set",
                            bytes(0x82, 0xff, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0));
        }
    },

    /** Commands of a Redis client: arrays of bulk strings (RESP). */
    REDIS {
        @Override
        ConnectionHandler handler(BiConsumer<Connection, String> onMessage) {
            return MessageHandler.of(
                    LIMIT,
                    FramedProtocol::command,
                    (connection, command) -> onMessage.accept(connection, String.join(" ", command)));
        }

        @Override
        Map<String, byte[]> messages() {
            Map<String, byte[]> messages = new LinkedHashMap<>();
            for (List<String> words : List.of(
                    List.of("PING"),
                    List.of("SET", "key", "of\r\ntwo lines"),
                    List.<String>of(),
                    List.of("GET", ""),
                    List.of("SET", "k", "x".repeat(LIMIT - 30)),
                    List.of("QUIT"))) {
                String command = words.stream()
                        .map(word -> "$" + word.length() + "\r\n" + word + "\r\n")
                        .collect(Collectors.joining("", "*" + words.size() + "\r\n", ""));
                messages.put(String.join(" ", words), command.getBytes(ISO_8859_1));
            }
            return messages;
        }

        @Override
        Map<String, byte[]> violations() {
            return Map.of(
                    "there is no '*'", "PING\r\n".getBytes(ISO_8859_1),
                    "there is no '$'", "*1\r\n:1\r\n".getBytes(ISO_8859_1),
                    "a number is malformed", "*-1\r\n".getBytes(ISO_8859_1),
                    "there is no end of a line", "*1\r\n$1\r\nabc".getBytes(ISO_8859_1),
                    "a message is longer than 300 bytes",
                            ("*1\r\n$999999999\r\n" + "x".repeat(LIMIT)).getBytes(ISO_8859_1));
        }
    },

    /** Heads of HTTP/1.1 requests without content. */
    HTTP {
        @Override
        ConnectionHandler handler(BiConsumer<Connection, String> onMessage) {
            return MessageHandler.of(LIMIT, FramedProtocol::head, onMessage);
        }

        @Override
        Map<String, byte[]> messages() {
            Map<String, byte[]> messages = new LinkedHashMap<>();
            for (String head : List.of(
                    "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n",
                    "HEAD /\r\n\r\n",
                    "GET /" + "x".repeat(LIMIT - 18) + " HTTP/1.0\r\n\r\n",
                    "DELETE /a HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n")) {
                messages.put(head, head.getBytes(ISO_8859_1));
            }
            return messages;
        }

        @Override
        Map<String, byte[]> violations() {
            return Map.of(
                    "a message is longer than 300 bytes",
                    ("GET /" + "x".repeat(LIMIT - 17) + " HTTP/1.0\r\n\r\n").getBytes(ISO_8859_1));
        }
    };

    static final int LIMIT = 300;
    private static final int CR_LF = 0x0d0a;
    private static final int CR_LF_CR_LF = 0x0d0a0d0a;

    /** Creates a handler that calls a function with each message. */
    abstract ConnectionHandler handler(BiConsumer<Connection, String> onMessage);

    /** Some messages, and their bytes. */
    abstract Map<String, byte[]> messages();

    /** Input that violates the protocol, by the message of the exception. */
    abstract Map<String, byte[]> violations();

    final List<String> texts() {
        return List.copyOf(messages().keySet());
    }

    final byte[] stream() {
        return join(messages().values().toArray(new byte[0][]));
    }

    private static long webSocketHeader(ByteBuffer header) {
        if (header.remaining() < 2) {
            return LengthField.INCOMPLETE;
        }
        header.get();
        byte second = header.get();
        if (second >= 0) {
            throw new ProtocolViolationException("a frame of a client is not masked");
        }
        int announced = second & 0x7f;
        int more = announced == 127 ? 8 : announced == 126 ? 2 : 0;
        if (header.remaining() < more + 4) {
            return LengthField.INCOMPLETE;
        }
        long length = more == 8 ? header.getLong() : more == 2 ? header.getShort() & 0xffff : announced;
        if (length < 0) {
            throw new ProtocolViolationException("the length of a frame has its highest bit set");
        }
        header.getInt(); // the key
        return length;
    }

    private static @Nullable List<String> command(ByteBuffer data) {
        int count = number(data, '*');
        List<String> words = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int length = number(data, '$');
            if (length < 0 || data.remaining() < length + 2) {
                return null;
            }
            words.add(text(data.slice(data.position(), length)));
            data.position(data.position() + length);
            if (data.getShort() != CR_LF) {
                throw new ProtocolViolationException("there is no end of a line");
            }
        }
        return count < 0 ? null : words;
    }

    /** The end of a line with a number after its first byte, or -1 if it is not complete. */
    private static int number(ByteBuffer data, char first) {
        if (!data.hasRemaining()) {
            return -1;
        }
        if (data.get() != first) {
            throw new ProtocolViolationException("there is no '" + first + "'");
        }
        int number = 0;
        while (data.remaining() >= 2) {
            if (data.getShort(data.position()) == CR_LF) {
                data.getShort();
                return number;
            }
            int digit = data.get() - '0';
            if (digit < 0 || digit > 9 || number > 99_999_999) {
                throw new ProtocolViolationException("a number is malformed");
            }
            number = 10 * number + digit;
        }
        return -1;
    }

    private static @Nullable String head(ByteBuffer data) {
        for (int end = 4; end <= data.limit(); end++) {
            if (data.getInt(end - 4) == CR_LF_CR_LF) {
                return text(data.limit(end));
            }
        }
        return null;
    }

    private static String text(ByteBuffer bytes) {
        return ISO_8859_1.decode(bytes).toString();
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    private static byte[] array(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
