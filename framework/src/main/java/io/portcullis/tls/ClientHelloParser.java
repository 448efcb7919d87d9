// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.records.Alert;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Parses the body of a complete ClientHello message (RFC 8446, 4.1.2), and checks every length in it. */
final class ClientHelloParser {
    private static final int SERVER_NAME = 0;
    private static final int SUPPORTED_GROUPS = 10;
    private static final int SIGNATURE_ALGORITHMS = 13;
    private static final int ALPN = 16;
    private static final int EARLY_DATA = 42;
    private static final int SUPPORTED_VERSIONS = 43;
    private static final int LONGEST_SESSION_ID = 32;

    private final ByteBuffer message;
    private Optional<String> serverName = Optional.empty();
    private final List<String> applicationProtocols = new ArrayList<>();
    private List<Integer> versions = List.of();
    private List<Integer> groups = List.of();
    private List<Integer> signatureSchemes = List.of();
    private boolean earlyData;

    private ClientHelloParser(ByteBuffer message) {
        this.message = message;
    }

    /**
     * Parses a message.
     *
     * @param message the body, without the four bytes of the handshake header
     * @throws TlsException if it is not exactly one ClientHello
     */
    static ClientHello parse(ByteBuffer message) throws TlsException {
        try {
            return new ClientHelloParser(message.slice()).parse();
        } catch (BufferUnderflowException lengthExceedsData) {
            throw bad("a length in it exceeds the enclosing data");
        }
    }

    private ClientHello parse() throws TlsException {
        int legacyVersion = message.getShort() & 0xffff;
        skip(message, 32);
        if (block8(message).remaining() > LONGEST_SESSION_ID) {
            throw bad("its session id is longer than " + LONGEST_SESSION_ID + " bytes");
        }
        List<Integer> suites = numbers(block16(message));
        if (block8(message).remaining() == 0) {
            throw bad("it offers no compression method");
        }
        if (message.hasRemaining()) {
            ByteBuffer extensions = block16(message);
            requireEnd(message);
            parseExtensions(extensions);
        }
        if (versions.isEmpty()) {
            versions = List.of(legacyVersion);
        }
        return new ClientHello(
                serverName, List.copyOf(applicationProtocols), versions, suites, groups, signatureSchemes, earlyData);
    }

    private void parseExtensions(ByteBuffer extensions) throws TlsException {
        Set<Integer> seen = new HashSet<>();
        while (extensions.hasRemaining()) {
            int type = extensions.getShort() & 0xffff;
            ByteBuffer body = block16(extensions);
            if (!seen.add(type)) {
                throw bad("it has extension " + type + " twice");
            }
            parseExtension(type, body);
        }
    }

    private void parseExtension(int type, ByteBuffer body) throws TlsException {
        if (type == SERVER_NAME) {
            parseServerName(body);
        } else if (type == ALPN) {
            parseApplicationProtocols(body);
        } else if (type == SUPPORTED_VERSIONS) {
            versions = numbers(onlyBlock(block8(body), body));
        } else if (type == SUPPORTED_GROUPS) {
            groups = numbers(onlyBlock(block16(body), body));
        } else if (type == SIGNATURE_ALGORITHMS) {
            signatureSchemes = numbers(onlyBlock(block16(body), body));
        } else if (type == EARLY_DATA) {
            earlyData = true;
        }
    }

    private void parseServerName(ByteBuffer body) throws TlsException {
        ByteBuffer names = onlyBlock(block16(body), body);
        while (names.hasRemaining()) {
            int type = names.get();
            ByteBuffer name = block16(names);
            if (type == 0) {
                if (serverName.isPresent()) {
                    throw bad("it has two server names");
                }
                serverName = Optional.of(hostName(name));
            }
        }
        if (serverName.isEmpty()) {
            throw bad("its server name extension has no name");
        }
    }

    private static String hostName(ByteBuffer name) throws TlsException {
        if (!name.hasRemaining() || name.remaining() > 255) {
            throw bad("its server name is empty or longer than 255 bytes");
        }
        for (int i = 0; i < name.limit(); i++) {
            if (name.get(i) <= ' ' || name.get(i) == 0x7f) {
                throw bad("its server name has a character that is not allowed in host names");
            }
        }
        return StandardCharsets.US_ASCII.decode(name).toString().toLowerCase(Locale.ROOT);
    }

    private void parseApplicationProtocols(ByteBuffer body) throws TlsException {
        ByteBuffer protocols = onlyBlock(block16(body), body);
        if (!protocols.hasRemaining()) {
            throw bad("it offers no application protocol");
        }
        while (protocols.hasRemaining()) {
            ByteBuffer protocol = block8(protocols);
            if (!protocol.hasRemaining()) {
                throw bad("it offers an empty application protocol");
            }
            applicationProtocols.add(
                    StandardCharsets.ISO_8859_1.decode(protocol).toString());
        }
    }

    private static List<Integer> numbers(ByteBuffer block) throws TlsException {
        if (block.remaining() < 2 || block.remaining() % 2 != 0) {
            throw bad("a list of two-byte numbers in it is empty or has an odd length");
        }
        List<Integer> numbers = new ArrayList<>(block.remaining() / 2);
        while (block.hasRemaining()) {
            numbers.add(block.getShort() & 0xffff);
        }
        return List.copyOf(numbers);
    }

    private static ByteBuffer block8(ByteBuffer from) {
        return block(from, from.get() & 0xff);
    }

    private static ByteBuffer block16(ByteBuffer from) {
        return block(from, from.getShort() & 0xffff);
    }

    private static ByteBuffer block(ByteBuffer from, int length) {
        if (length > from.remaining()) {
            throw new BufferUnderflowException();
        }
        ByteBuffer block = from.slice(from.position(), length);
        from.position(from.position() + length);
        return block;
    }

    private static void skip(ByteBuffer from, int length) {
        block(from, length);
    }

    private static ByteBuffer onlyBlock(ByteBuffer block, ByteBuffer body) throws TlsException {
        requireEnd(body);
        return block;
    }

    private static void requireEnd(ByteBuffer body) throws TlsException {
        if (body.hasRemaining()) {
            throw bad("there are bytes after its end");
        }
    }

    static TlsException bad(String reason) {
        return new TlsException(
                HandshakeFailure.BAD_CLIENT_HELLO, Alert.DECODE_ERROR, "the ClientHello was refused: " + reason);
    }
}
