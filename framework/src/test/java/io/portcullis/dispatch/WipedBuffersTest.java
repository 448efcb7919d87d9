// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.buffer.BufferPool;
import io.portcullis.buffer.Lease;
import io.portcullis.buffer.PoolStatistics;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsProfile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** R23: buffers that carried plaintext are zeroed before they are reused, whatever the connection became meanwhile. */
@Timeout(60)
class WipedBuffersTest {
    private static final String SECRET = "the secret of somebody else";

    /** Reads a command of 2,000 bytes, the last of which are a secret; the bytes after it are echoed. */
    private static final class Commanded implements ConnectionHandler {
        private final boolean upgrades;
        private boolean taken;

        Commanded(boolean upgrades) {
            this.upgrades = upgrades;
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            if (taken) {
                connection.write(data);
            } else if (data.remaining() >= 2_000) {
                taken = true;
                data.position(data.limit());
                connection.write(ByteBuffer.wrap(new byte[] {'k'}));
                if (upgrades) {
                    var unused = connection.startTls(TestCertificates.serverProfile());
                }
            }
        }
    }

    @ParameterizedTest(name = "upgraded {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("R23 no free buffer of the pool holds plaintext of a client, with or without STARTTLS")
    void noFreeBufferHoldsPlaintext(boolean upgraded) throws Exception {
        BufferPool pool = BufferPool.create();
        Dispatcher dispatcher =
                Dispatcher.builder().threads(1).buffers(pool).name("wiped").build();
        try (TestDispatcher clients = new TestDispatcher(1);
                Server server = Server.builder(dispatcher)
                        .listen(TestDispatcher.ANY_PORT, Gate.plain())
                        .handler(() -> new Commanded(upgraded))
                        .start();
                Client client = Client.builder(clients.dispatcher).build()) {
            talk(client, server, upgraded);
        } finally {
            dispatcher.close();
            dispatcher.closed().get(30, TimeUnit.SECONDS);
        }
        assertEquals(0, pool.statistics().activeLeases());
        List<String> found = new ArrayList<>();
        long looked = 0;
        for (PoolStatistics.OfSize size : pool.statistics().sizes()) {
            List<Lease> free = new ArrayList<>();
            for (long i = size.freeBuffers(); i > 0; i--) {
                free.add(pool.lease(size.capacity()));
            }
            for (Lease lease : free) {
                byte[] bytes = new byte[lease.capacity()];
                lease.buffer().get(bytes);
                looked++;
                if (new String(bytes, StandardCharsets.ISO_8859_1).contains(SECRET)) {
                    found.add(lease.toString());
                }
            }
            free.forEach(Lease::release);
        }
        assertTrue(looked > 0, "no buffer was checked");
        assertFalse(looked > 10_000, "the pool has grown without need");
        assertEquals(List.of(), found);
    }

    /** Sends the secret, optionally switches to TLS, and has some bytes echoed. */
    private static void talk(Client client, Server server, boolean upgraded) throws Exception {
        BlockingQueue<Byte> answers = new LinkedBlockingQueue<>();
        Connection connection = client.connect(
                        "localhost", server.addresses().get(0).getPort(), (same, data) -> answers.add(data.get()))
                .get(30, TimeUnit.SECONDS);
        byte[] command = new byte[2_000];
        byte[] secret = SECRET.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(secret, 0, command, command.length - secret.length, secret.length);
        connection.write(ByteBuffer.wrap(command));
        assertEquals((byte) 'k', answers.poll(30, TimeUnit.SECONDS));
        if (upgraded) {
            // A ClientHello so long that the command's buffer is read into again; our client sends it in one piece.
            TlsProfile profile = TestCertificates.clientBuilder()
                    .alpn("a".repeat(200), "b".repeat(200), "c".repeat(200))
                    .build();
            connection.startTls(profile).get(30, TimeUnit.SECONDS);
        }
        for (int i = 0; i < 10; i++) {
            connection.write(ByteBuffer.wrap(new byte[] {'e'}));
            assertEquals((byte) 'e', answers.poll(30, TimeUnit.SECONDS));
        }
        connection.close();
        connection.closed().get(30, TimeUnit.SECONDS);
    }
}
