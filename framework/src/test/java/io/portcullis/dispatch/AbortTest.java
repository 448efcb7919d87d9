// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.tls.TestCertificates;
import java.io.IOException;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a peer sees of a connection that is aborted, as documented in docs/guide/limits.md and {@link Connection#abort}.
 */
@Timeout(60)
class AbortTest {
    @Test
    @DisplayName("if this fails, the JDK can reset connections: abort() of a plain connection should then do so, and "
            + "Limits be updated")
    void theJdkDoesNotOfferAReset() throws IOException {
        try (AsynchronousSocketChannel channel = AsynchronousSocketChannel.open()) {
            assertFalse(channel.supportedOptions().contains(StandardSocketOptions.SO_LINGER));
        }
    }

    private static void answerHalfAndAbort(Connection connection, ByteBuffer data) {
        data.position(data.limit());
        var unused = connection.send(ByteBuffer.wrap(new byte[100])).thenRun(connection::abort);
    }

    @Test
    void aTlsPeerSeesThatTheStreamWasCutOff() throws Exception {
        try (TestDispatcher test = new TestDispatcher(1);
                Server server =
                        test.server(Gate.tls(TestCertificates.serverProfile()), () -> AbortTest::answerHalfAndAbort);
                Client client = Client.builder(test.dispatcher)
                        .tls(TestCertificates.clientProfile())
                        .build()) {
            Connection connection = client.connect(
                            "localhost",
                            server.addresses().get(0).getPort(),
                            (same, data) -> data.position(data.limit()))
                    .get(30, TimeUnit.SECONDS);
            connection.write(ByteBuffer.wrap(new byte[1]));
            assertEquals(CloseReason.PEER_TRUNCATED, connection.closed().get(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void aPlainPeerSeesAnEnd() throws Exception {
        try (TestDispatcher test = new TestDispatcher(1);
                Server server = test.server(Gate.plain(), () -> AbortTest::answerHalfAndAbort);
                Socket socket = TestDispatcher.connect(server)) {
            socket.getOutputStream().write(1);
            assertEquals(100, socket.getInputStream().readAllBytes().length);
        }
    }
}
