// SPDX-License-Identifier: Apache-2.0
package io.portcullis.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ProxyHeaderTest {
    private static final byte[] BEHIND = {0x16, 3, 1, 2, 0};
    private static final InetSocketAddress CLIENT = new InetSocketAddress("192.0.2.7", 51_234);
    private static final InetSocketAddress SERVER = new InetSocketAddress("198.51.100.1", 443);
    private static final InetSocketAddress CLIENT6 = new InetSocketAddress("2001:db8::7", 51_234);
    private static final InetSocketAddress SERVER6 = new InetSocketAddress("2001:db8::1", 443);

    static Stream<ProxyHeader> headers() {
        ProxyHeader plain = ProxyHeader.of(CLIENT, SERVER);
        return Stream.of(
                plain,
                ProxyHeader.of(CLIENT6, SERVER6),
                ProxyHeader.of(CLIENT, SERVER6),
                ProxyHeader.unknown(),
                ProxyHeader.ofLocal(),
                plain.withApplicationProtocol("http/1.1").withAuthority("example.org"),
                plain.with(new ProxyTlv(ProxyTlv.UNIQUE_ID, new byte[128])).with(new ProxyTlv(0xE0, (byte) 1)));
    }

    @ParameterizedTest
    @MethodSource("headers")
    @DisplayName("R11 a header that was written is read whole, wherever it is cut, without a byte of what follows")
    void readsWrittenHeadersAtEveryCut(ProxyHeader header) throws ProxyException {
        for (ProxyVersion version : ProxyVersion.values()) {
            ByteBuffer encoded = header.encode(version);
            int length = encoded.remaining();
            ByteBuffer network = ByteBuffer.allocate(length + BEHIND.length)
                    .put(encoded)
                    .put(BEHIND)
                    .flip();
            for (int cut = 0; cut < length; cut++) {
                ProxyHeaderReader reader = new ProxyHeaderReader();
                assertNull(reader.read(network.limit(cut)), "cut at " + cut);
                assertEquals(0, network.position());
                assertTrue(reader.needed() > cut, "more space is requested at " + cut);
                ProxyHeader read = reader.read(network.limit(length + BEHIND.length));
                assertNotNull(read);
                assertRead(header, version, read);
                assertEquals(ByteBuffer.wrap(BEHIND), network);
                network.position(0);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ProxyVersion.class)
    @DisplayName("R11 a header that arrives byte by byte is read once and whole")
    void readsSingleBytes(ProxyVersion version) throws ProxyException {
        ByteBuffer encoded = ProxyHeader.of(CLIENT, SERVER).encode(version);
        ProxyHeaderReader reader = new ProxyHeaderReader();
        int length = encoded.limit();
        for (int cut = 0; cut < length; cut++) {
            assertNull(reader.read(encoded.limit(cut)));
        }
        assertEquals(Optional.of(CLIENT), read(reader, encoded.limit(length)).source());
    }

    private static ProxyHeader read(ProxyHeaderReader reader, ByteBuffer network) throws ProxyException {
        ProxyHeader header = reader.read(network);
        assertNotNull(header);
        return header;
    }

    private static void assertRead(ProxyHeader written, ProxyVersion version, ProxyHeader read) {
        assertEquals(
                written.source().map(InetSocketAddress::getPort), read.source().map(InetSocketAddress::getPort));
        assertEquals(written.source(), read.source());
        assertEquals(written.destination(), read.destination());
        if (version == ProxyVersion.V2 && written.source().isPresent()) {
            assertEquals(written, read);
        }
        assertEquals(written.local() && version == ProxyVersion.V2, read.local());
    }

    @Test
    void readsTheFieldsOfAProxyThatEndsTls() throws ProxyException {
        ByteBuffer ssl = ByteBuffer.allocate(64).put((byte) 7).putInt(0);
        put(ssl, 0x21, "TLSv1.3");
        put(ssl, 0x22, "Grünes Haus");
        put(ssl, 0x23, "TLS_AES_128_GCM_SHA256");
        byte[] value = new byte[ssl.flip().remaining()];
        ssl.get(value);
        ProxyHeader header = parse(binary(0x21, 0x11, addresses(), field(0x20, value), field(1, ascii("h2"))));
        ProxySsl facts = header.ssl().orElseThrow();
        assertEquals(
                new ProxySsl(
                        true,
                        true,
                        true,
                        true,
                        Optional.of("TLSv1.3"),
                        Optional.of("TLS_AES_128_GCM_SHA256"),
                        Optional.of("Grünes Haus")),
                facts);
        assertEquals(Optional.of("h2"), header.applicationProtocol());
        assertEquals(2, header.fields().size());
    }

    @Test
    @DisplayName(
            "R11 LOCAL and unknown address families leave the connection with its own addresses; padding is dropped")
    void readsHeadersWithoutAddresses() throws ProxyException {
        assertTrue(parse(binary(0x20, 0x11, addresses())).local());
        assertTrue(parse(binary(0x20, 0xff, new byte[3])).local());
        assertEquals(Optional.empty(), parse(binary(0x21, 0, new byte[9])).source());
        ProxyHeader unix = parse(binary(0x21, 0x31, new byte[216], field(2, ascii("a.example"))));
        assertEquals(Optional.empty(), unix.source());
        assertEquals(Optional.of("a.example"), unix.authority());
        assertEquals(
                List.of(),
                parse(binary(0x21, 0x12, addresses(), field(4, new byte[9]))).fields());
        assertEquals(
                Optional.empty(),
                parse(ascii("PROXY UNKNOWN ffff::1 what ever\r\n")).source());
        assertEquals(
                "/192.0.2.7:65535",
                parse(ascii("PROXY TCP6 ::ffff:192.0.2.7 ::1 65535 0\r\n"))
                        .source()
                        .orElseThrow()
                        .toString());
    }

    record Bad(String name, ProxyFailure failure, byte[] bytes) {
        @Override
        public String toString() {
            return failure + " " + name;
        }
    }

    static Stream<Bad> badHeaders() {
        return Stream.of(badLines(), badBinaryHeaders(), badFields()).flatMap(bad -> bad);
    }

    private static Stream<Bad> badLines() {
        return Stream.of(
                        "PROXY TCP4 192.0.2.7 198.51.100.1 1 65536\r\n",
                        "PROXY TCP4 192.0.2.7 198.51.100.1 -1 443\r\n",
                        "PROXY TCP4 192.0.2.7 198.51.100.1 01 443\r\n",
                        "PROXY TCP4 192.0.2.7 198.51.100.1 1\r\n",
                        "PROXY TCP4 192.0.2.7 198.51.100.1 1 443 \r\n",
                        "PROXY TCP4  192.0.2.7 198.51.100.1 1 443\r\n",
                        "PROXY TCP4 192.0.2.7 198.51.100.1 1 443\n",
                        "PROXY TCP4 192.0.2.7 198.51.100.1 1 443\r\r\n",
                        "PROXY TCP4 192.0.2.256 198.51.100.1 1 443\r\n",
                        "PROXY TCP4 192.0.2.07 198.51.100.1 1 443\r\n",
                        "PROXY TCP4 192.0.2 198.51.100.1 1 443\r\n",
                        "PROXY TCP4 localhost 198.51.100.1 1 443\r\n",
                        "PROXY TCP4 2001:db8::7 2001:db8::1 1 443\r\n",
                        "PROXY TCP6 192.0.2.7 198.51.100.1 1 443\r\n",
                        "PROXY TCP6 2001:db8::7%lo 2001:db8::1 1 443\r\n",
                        "PROXY TCP6 2001::db8::7 2001:db8::1 1 443\r\n",
                        "PROXY TCP6 : 2001:db8::1 1 443\r\n",
                        "PROXY UDP4 192.0.2.7 198.51.100.1 1 443\r\n",
                        "PROXY \r\n",
                        "PROXY TCP4\u0000 192.0.2.7 198.51.100.1 1 443\r\n",
                        "PROXY TCP4 192.0.2.\u00b2 198.51.100.1 1 443\r\n")
                .map(line -> new Bad(line.strip(), ProxyFailure.MALFORMED, ascii(line)));
    }

    private static Stream<Bad> badBinaryHeaders() {
        return Stream.of(
                new Bad("HTTP", ProxyFailure.MISSING, ascii("GET / HTTP/1.1\r\n")),
                new Bad("one byte of TLS", ProxyFailure.MISSING, new byte[] {0x16}),
                new Bad("in lower case", ProxyFailure.MISSING, ascii("proxy TCP4 ")),
                new Bad("another word with PRO", ProxyFailure.MISSING, ascii("PROPFIND")),
                new Bad("a signature that deviates", ProxyFailure.MISSING, new byte[] {13, 10, 13, 10, 0, 13, 11}),
                new Bad("a line without end", ProxyFailure.TOO_LONG, ascii("PROXY UNKNOWN" + "x".repeat(94))),
                new Bad("64 KiB announced", ProxyFailure.TOO_LONG, announcing(0xffff)),
                new Bad("just too long", ProxyFailure.TOO_LONG, announcing(ProxyHeaderReader.LIMIT - 15)),
                new Bad("version 1 in binary", ProxyFailure.MALFORMED, binary(0x11, 0x11, addresses())),
                new Bad("version 3", ProxyFailure.MALFORMED, binary(0x31, 0x11, addresses())),
                new Bad("command 2", ProxyFailure.MALFORMED, binary(0x22, 0x11, addresses())),
                new Bad("family 4", ProxyFailure.MALFORMED, binary(0x21, 0x41, addresses())),
                new Bad("transport 3", ProxyFailure.MALFORMED, binary(0x21, 0x13, addresses())),
                new Bad("no addresses", ProxyFailure.MALFORMED, binary(0x21, 0x11)),
                new Bad("IPv4 in IPv6", ProxyFailure.MALFORMED, binary(0x21, 0x21, addresses())),
                new Bad("a short UNIX address", ProxyFailure.MALFORMED, binary(0x21, 0x31, new byte[215])));
    }

    private static Stream<Bad> badFields() {
        ByteBuffer encoded = ProxyHeader.of(CLIENT, SERVER).encode(ProxyVersion.V2);
        byte[] flipped = new byte[encoded.remaining()];
        encoded.get(flipped);
        flipped[16] ^= 1;
        return Stream.of(
                new Bad("a rest of two bytes", ProxyFailure.BAD_TLV, fields(new byte[2])),
                new Bad("a TLV that is too long", ProxyFailure.BAD_TLV, fields(new byte[] {1, 0, 9, 'h', '2'})),
                new Bad("a unique id of 129", ProxyFailure.BAD_TLV, fields(field(5, new byte[129]))),
                new Bad("SSL of 4 bytes", ProxyFailure.BAD_TLV, fields(field(0x20, new byte[4]))),
                new Bad("SSL twice", ProxyFailure.BAD_TLV, fields(field(0x20, new byte[5]), field(0x20, new byte[5]))),
                new Bad(
                        "SSL with a bad inner TLV",
                        ProxyFailure.BAD_TLV,
                        fields(field(0x20, 1, 0, 0, 0, 0, 0x21, 0, 5))),
                new Bad("a checksum of 3 bytes", ProxyFailure.BAD_TLV, fields(field(3, new byte[3]))),
                new Bad("300 empty TLVs", ProxyFailure.BAD_TLV, fields(new byte[900])),
                new Bad("a wrong checksum", ProxyFailure.BAD_CHECKSUM, fields(field(3, new byte[4]))),
                new Bad("a changed address", ProxyFailure.BAD_CHECKSUM, flipped));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badHeaders")
    @DisplayName("R11 a malformed header is refused, wherever it is cut, and nothing is consumed")
    void refusesBadHeaders(Bad bad) {
        for (int cut = 0; cut <= bad.bytes.length; cut++) {
            ProxyHeaderReader reader = new ProxyHeaderReader();
            ByteBuffer network = ByteBuffer.wrap(bad.bytes).limit(cut);
            ProxyException refused = assertThrows(ProxyException.class, () -> {
                assertNull(reader.read(network));
                assertTrue(network.limit() < bad.bytes.length, "accepted");
                reader.read(network.limit(bad.bytes.length));
            });
            assertEquals(bad.failure, refused.failure());
            assertEquals(0, network.position());
        }
    }

    @Test
    @DisplayName("R11 random headers are either read or refused")
    void survivesRandomHeaders() {
        Random random = new Random(20_261_123);
        byte[] good = ProxyHeader.of(CLIENT, SERVER)
                .withAuthority("a.example")
                .encode(ProxyVersion.V2)
                .array();
        int refused = 0;
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = good.clone();
            for (int change = random.nextInt(4); change >= 0; change--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            try {
                new ProxyHeaderReader().read(ByteBuffer.wrap(bytes));
            } catch (ProxyException expected) {
                refused++;
            }
        }
        assertTrue(refused > 90_000, refused + " refused");
    }

    @Test
    void cannotWriteUnsupportedValues() {
        ProxyHeader header = ProxyHeader.of(CLIENT, SERVER);
        ProxyHeader large = header.with(new ProxyTlv(0xE0, new byte[ProxyHeaderReader.LIMIT]));
        assertThrows(IllegalArgumentException.class, () -> large.encode(ProxyVersion.V2));
        assertThrows(IllegalArgumentException.class, () -> header.with(new ProxyTlv(ProxyTlv.CRC32C)));
        assertThrows(
                IllegalArgumentException.class,
                () -> ProxyHeader.of(InetSocketAddress.createUnresolved("a.example", 1), SERVER));
        assertEquals(
                "PROXY TCP6 ::ffff:192.0.2.7 2001:db8:0:0:0:0:0:1 51234 443\r\n",
                StandardCharsets.US_ASCII
                        .decode(ProxyHeader.of(CLIENT, SERVER6).encode(ProxyVersion.V1))
                        .toString());
    }

    private static ProxyHeader parse(byte[] bytes) throws ProxyException {
        return read(new ProxyHeaderReader(), ByteBuffer.wrap(bytes));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] addresses() {
        return ByteBuffer.allocate(12)
                .put(new byte[] {10, 0, 0, 1, 10, 0, 0, 2, 0, 1, 0, 2})
                .array();
    }

    private static void put(ByteBuffer target, int type, String text) {
        byte[] value = text.getBytes(StandardCharsets.UTF_8);
        target.put((byte) type).putShort((short) value.length).put(value);
    }

    private static byte[] field(int type, int... value) {
        byte[] bytes = new byte[value.length];
        for (int i = 0; i < value.length; i++) {
            bytes[i] = (byte) value[i];
        }
        return field(type, bytes);
    }

    private static byte[] field(int type, byte[] value) {
        return ByteBuffer.allocate(3 + value.length)
                .put((byte) type)
                .putShort((short) value.length)
                .put(value)
                .array();
    }

    private static byte[] fields(byte[]... fields) {
        byte[][] parts = new byte[fields.length + 1][];
        parts[0] = addresses();
        System.arraycopy(fields, 0, parts, 1, fields.length);
        return binary(0x21, 0x11, parts);
    }

    private static byte[] announcing(int length) {
        byte[] header = binary(0x21, 0x11);
        header[14] = (byte) (length >> 8);
        header[15] = (byte) length;
        return header;
    }

    private static byte[] binary(int versionAndCommand, int familyAndTransport, byte[]... parts) {
        int length = Stream.of(parts).mapToInt(part -> part.length).sum();
        ByteBuffer header = ByteBuffer.allocate(16 + length).put(BinaryForm.signature());
        header.put((byte) versionAndCommand).put((byte) familyAndTransport).putShort((short) length);
        for (byte[] part : parts) {
            header.put(part);
        }
        return header.array();
    }
}
