// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.internal.records.RecordFormat;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntSupplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientHelloTest {
    private static final String SEED = "portcullis.seed";
    private static final byte[] NAME = "a.example".getBytes(StandardCharsets.US_ASCII);

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void readsWhatTheClientRequests(String protocol) throws TlsException {
        ClientHello hello = whole(ClientHellos.captured(protocol));
        assertEquals(JdkEngines.HOST, hello.serverName().orElseThrow());
        assertEquals(List.of("h2", "http/1.1"), hello.applicationProtocols());
        assertEquals(List.of(protocol.equals("TLSv1.3") ? 0x0304 : 0x0303), hello.versions());
        assertTrue(hello.cipherSuites().contains(protocol.equals("TLSv1.3") ? 0x1301 : 0xc02b));
        assertTrue(hello.groups().contains(23));
    }

    private static ClientHello whole(byte... hello) throws TlsException {
        ClientHello parsed = new ClientHelloReader().read(ByteBuffer.wrap(hello));
        assertNotNull(parsed);
        return parsed;
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("R5 a hello is read the same when cut in two anywhere, and in three at 10,000 places")
    void segmentsDoNotMatter(String protocol) throws TlsException {
        byte[] bytes = ClientHellos.captured(protocol);
        ClientHello expected = whole(bytes);
        for (int cut = 0; cut < bytes.length; cut++) {
            assertEquals(expected, read(bytes, cut, cut));
        }
        Random random = seeded();
        for (int i = 0; i < 10_000; i++) {
            int first = random.nextInt(bytes.length);
            assertEquals(expected, read(bytes, first, first + random.nextInt(bytes.length - first)));
        }
    }

    private static ClientHello read(byte[] bytes, int... cuts) throws TlsException {
        ClientHelloReader reader = new ClientHelloReader();
        ByteBuffer network = ByteBuffer.wrap(bytes);
        for (int cut : cuts) {
            assertNull(reader.read(network.limit(cut)));
            assertTrue(reader.needed() > cut);
        }
        ClientHello hello = reader.read(network.limit(bytes.length));
        assertEquals(0, network.position());
        assertNotNull(hello);
        return hello;
    }

    private static Random seeded() {
        long seed = Long.getLong(SEED, System.nanoTime());
        System.out.println("-D" + SEED + "=" + seed);
        return new Random(seed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("R5 a hello is read the same in records of any size, even when cut in two anywhere")
    void recordsDoNotMatter(String protocol) throws TlsException {
        byte[] bytes = ClientHellos.captured(protocol);
        ClientHello expected = whole(bytes);
        for (int size = 1; size < bytes.length; size++) {
            byte[] records = ClientHellos.inRecordsOf(size, bytes);
            assertEquals(expected, whole(records));
            for (int cut = 0; cut < records.length; cut += 1 + records.length / 50) {
                assertEquals(expected, read(records, cut, cut));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("R5 the handshake succeeds with a hello cut in two anywhere")
    void handshakeSucceedsWhateverTheSegments(String protocol) {
        int length = ClientHellos.captured(protocol).length;
        JdkEngines engines = pair(protocol);
        for (int cut = 1; cut <= length; cut++) {
            int[] pieces = {cut, Integer.MAX_VALUE};
            assertHandshake(engines, cutting(pieces), UnaryOperator.identity());
        }
        Random random = seeded();
        for (int i = 0; i < 100; i++) {
            int first = 1 + random.nextInt(length);
            int[] pieces = {first, 1 + random.nextInt(length), Integer.MAX_VALUE};
            assertHandshake(engines, cutting(pieces), UnaryOperator.identity());
        }
    }

    /** Returns the pieces, then the last of them forever. */
    private static IntSupplier cutting(int... pieces) {
        int[] next = {0};
        return () -> pieces[Math.min(next[0]++, pieces.length - 1)];
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("R5 the handshake succeeds with a hello in records of any reasonable size")
    void handshakeSucceedsWhateverTheRecords(String protocol) {
        int length = ClientHellos.captured(protocol).length;
        JdkEngines engines = pair(protocol);
        // From the second on they are longer because of a ticket
        int least = protocol.equals("TLSv1.3") ? 8 : 1;
        for (int size = least; size < length; size += size < 20 ? 1 : 17) {
            int ofThisSize = size;
            assertHandshake(engines, () -> Integer.MAX_VALUE, hello -> ClientHellos.inRecordsOf(ofThisSize, hello));
        }
    }

    private static JdkEngines pair(String protocol) {
        return JdkEngines.of(protocol)
                .server(parameters -> parameters.setApplicationProtocols(new String[] {"h2"}))
                .client(parameters -> parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"}));
    }

    private static void assertHandshake(JdkEngines engines, IntSupplier pieces, UnaryOperator<byte[]> records) {
        ClientHello[] chosenBy = new ClientHello[1];
        DetectFilter detect = DetectFilter.byClientHello(PlainFilter::new, hello -> {
            chosenBy[0] = hello;
            return engines.serverFilter();
        });
        FilterPair pair = new FilterPair(engines.clientFilter(), detect, false, pieces, () -> Integer.MAX_VALUE);
        pair.toServer.changeFirst(records);
        pair.handshake();
        assertEquals(JdkEngines.HOST, chosenBy[0].serverName().orElseThrow());
        TlsSession session = pair.server.filter.session();
        assertNotNull(session);
        assertEquals("h2", session.applicationProtocol().orElseThrow());
        pair.close();
    }

    @Test
    @DisplayName("R6 a hello that announces 16 MiB is refused at its fourth byte")
    void refusesAnAnnouncementOf16MiB() {
        assertRefused(new byte[] {22, 3, 1, 0, 4, 1, -1, -1, -1});
        assertRefused(ClientHellos.concat(
                ClientHellos.record((byte) 1),
                ClientHellos.record((byte) 1),
                ClientHellos.record((byte) 0),
                ClientHellos.record((byte) 0)));
    }

    @Test
    @DisplayName("R6 a hello of more than 64 KiB is refused, a smaller one is not")
    void refusesMoreThan64KiB() throws TlsException {
        byte[] padding = ClientHellos.extension(21, new byte[60_000]);
        byte[] message = ClientHellos.message(ClientHellos.body(padding));
        byte[] records = ClientHellos.inRecordsOf(16_384, ClientHellos.concat(new byte[5], message));
        assertEquals(List.of(0x1301), whole(records).cipherSuites());
        assertRefused(ClientHellos.inRecordsOf(2, ClientHellos.concat(new byte[5], message)));
        byte[] bare = ClientHellos.body(ClientHellos.extension(21, new byte[65_500]));
        assertRefused(ClientHellos.inRecordsOf(16_384, ClientHellos.concat(new byte[5], ClientHellos.message(bare))));
    }

    @Test
    @DisplayName("R6 one-byte records that arrive byte by byte cost work in proportion to the bytes")
    void drippingCostsLinearWork() {
        long once = lookedAt(5_000);
        long twice = lookedAt(10_000);
        assertTrue(twice <= 2.5 * once, () -> once + " bytes scanned, then " + twice);
        assertTrue(twice <= 10 * 6 * 10_000L, () -> twice + " bytes scanned");
    }

    /**
     * Feeds a hello byte by byte in records of one byte; counts the bytes scanned, by the distance to the byte
     * requested.
     */
    private static long lookedAt(int length) {
        byte[] message = ClientHellos.message(ClientHellos.body(ClientHellos.extension(21, new byte[length])));
        byte[] records = ClientHellos.inRecordsOf(1, ClientHellos.concat(new byte[5], message));
        ByteBuffer network = ByteBuffer.wrap(records);
        ClientHelloReader reader = new ClientHelloReader();
        long looked = 0;
        try {
            for (int limit = 0; limit < records.length; limit++) {
                int before = reader.scanned();
                assertNull(reader.read(network.limit(limit)));
                looked += RecordFormat.LENGTH + reader.scanned() - before;
            }
        } catch (TlsException refused) {
            throw new AssertionError(refused);
        }
        return looked;
    }

    @Test
    @DisplayName("R6 each of 10,000 damaged hellos is parsed, refused or incomplete")
    void damagedHellosAreRefusedInOrder() {
        Random random = seeded();
        List<byte[]> hellos = List.of(
                ClientHellos.captured("TLSv1.2"),
                ClientHellos.captured("TLSv1.3"),
                ClientHellos.inRecordsOf(3, ClientHellos.captured("TLSv1.3")));
        for (int i = 0; i < 10_000; i++) {
            byte[] damaged = hellos.get(i % hellos.size()).clone();
            int flips = random.nextInt(4);
            for (int flip = 0; flip < flips; flip++) {
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            }
            int length = flips == 0 || random.nextInt(4) == 0 ? random.nextInt(damaged.length) : damaged.length;
            ByteBuffer network = ByteBuffer.wrap(Arrays.copyOf(damaged, length));
            DetectFilter filter = DetectFilter.byClientHello(PlainFilter::new, hello -> new PlainFilter());
            try {
                Step step = filter.decode(network, ByteBuffer.allocate(0));
                assertTrue(step == Step.REPLACE || step == Step.NEED_INPUT, step::toString);
            } catch (TlsException refused) {
                assertTrue(filter.hasOutput());
            }
            assertEquals(0, network.position());
        }
    }

    @Test
    void readsForgedNames() throws TlsException {
        ClientHello hello =
                whole(ClientHellos.forged(ClientHellos.serverNames("A.Example".getBytes(StandardCharsets.US_ASCII))));
        assertEquals("a.example", hello.serverName().orElseThrow());
        assertEquals(List.of(0x0303), hello.versions());
        assertTrue(whole(ClientHellos.forged()).serverName().isEmpty());
    }

    @Test
    void refusesAnExtensionThatComesTwice() {
        assertRefused(ClientHellos.forged(ClientHellos.serverNames(NAME), ClientHellos.serverNames(NAME)));
        assertRefused(ClientHellos.forged(ClientHellos.extension(4711), ClientHellos.extension(4711)));
    }

    @Test
    @DisplayName("R4 a server name that is duplicate, empty or malformed refuses the connection")
    void refusesInvalidServerNames() {
        assertRefused(ClientHellos.forged(ClientHellos.serverNames(NAME, NAME)));
        assertRefused(ClientHellos.forged(ClientHellos.serverNames()));
        assertRefused(ClientHellos.forged(ClientHellos.extension(ClientHellos.SERVER_NAME)));
        assertRefused(ClientHellos.forged(ClientHellos.serverNames(new byte[0])));
        assertRefused(ClientHellos.forged(ClientHellos.serverNames(new byte[256])));
        for (int bad : new int[] {0, ' ', '\n', 0x7f, 0x80, 0xff}) {
            assertRefused(ClientHellos.forged(ClientHellos.serverNames(new byte[] {'a', (byte) bad, 'b'})));
        }
    }

    @Test
    void refusesInvalidApplicationProtocols() {
        assertRefused(ClientHellos.forged(ClientHellos.extension(ClientHellos.ALPN, (byte) 0, (byte) 0)));
        assertRefused(ClientHellos.forged(ClientHellos.extension(ClientHellos.ALPN, (byte) 0, (byte) 1, (byte) 0)));
    }

    @Test
    void refusesBytesAfterAnEnd() {
        byte[] body = ClientHellos.body(ClientHellos.serverNames(NAME));
        assertRefused(ClientHellos.record(ClientHellos.message(ClientHellos.concat(body, new byte[1]))));
        byte[] names = ClientHellos.serverNames(NAME);
        names[3]++;
        assertRefused(ClientHellos.forged(ClientHellos.concat(names, new byte[1])));
    }

    @Test
    void refusesASessionIdThatIsTooLong() {
        byte[] body = ClientHellos.body();
        byte[] longer = ClientHellos.concat(
                Arrays.copyOf(body, 34), new byte[] {33}, new byte[33], Arrays.copyOfRange(body, 35, body.length));
        assertRefused(ClientHellos.record(ClientHellos.message(longer)));
    }

    @Test
    void refusesAnotherMessageAndAnotherRecordInBetween() {
        assertRefused(ClientHellos.record((byte) 2, (byte) 0, (byte) 0, (byte) 0));
        byte[] begun = ClientHellos.record((byte) 1, (byte) 0);
        assertRefused(ClientHellos.concat(begun, new byte[] {21, 3, 3, 0, 2, 1, 0}));
        assertRefused(ClientHellos.concat(begun, new byte[] {'G', 'E', 'T', ' '}));
    }

    private static void assertRefused(byte... hello) {
        DetectFilter filter = DetectFilter.byClientHello(PlainFilter::new, parsed -> new PlainFilter());
        ByteBuffer network = ByteBuffer.wrap(hello);
        TlsException refused = assertThrows(TlsException.class, () -> filter.decode(network, ByteBuffer.allocate(0)));
        assertEquals(HandshakeFailure.BAD_CLIENT_HELLO, refused.failure(), refused::toString);
        assertEquals(0, network.position());
        assertTrue(filter.hasOutput());
    }
}
