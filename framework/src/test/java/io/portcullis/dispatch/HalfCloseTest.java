// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.StatefulHandler;
import io.portcullis.tls.TestCertificate;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TestEngine;
import io.portcullis.tls.TlsFeature;
import io.portcullis.tls.TlsProfile;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One side ends its stream, and still receives from the other. */
@Timeout(60)
class HalfCloseTest {
    private static final int REQUEST = 300_000;
    private static final int ANSWER = 3_000_000;

    /** Responds when it is notified of the end of the request. */
    private static final class Answering extends StatefulHandler {
        private int bytes;

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            bytes += data.remaining();
            data.position(data.limit());
        }

        @Override
        public void onEndOfInput(Connection connection) {
            connection.write(ByteBuffer.allocate(bytes == REQUEST ? ANSWER : 1));
            connection.close();
        }
    }

    /** Sends a request, ends its stream after it, and counts the bytes received. */
    private static final class Asking extends StatefulHandler {
        private final CompletableFuture<Integer> answered = new CompletableFuture<>();
        private int bytes;

        @Override
        public void onOpen(Connection connection) {
            connection.write(ByteBuffer.allocate(REQUEST));
            connection.shutdownOutput();
            connection.shutdownOutput();
            assertFalse(connection.write(ByteBuffer.allocate(1)), "after the end of the stream");
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            bytes += data.remaining();
            data.position(data.limit());
        }

        @Override
        public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
            if (reason == CloseReason.PEER_CLOSE) {
                answered.complete(bytes);
            } else {
                answered.completeExceptionally(new AssertionError(reason.name(), cause));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("the response to a request that ends with the stream arrives whole, plain and with TLS 1.3")
    void theResponseComesAfterTheEndOfTheRequest(boolean secured) throws Exception {
        TestEngine.assume(!secured, TlsFeature.HALF_CLOSE);
        TestCertificate certificates = TestCertificates.ec();
        TlsProfile server = TlsProfile.builder()
                .certificate(certificates.key(), certificates.certificate())
                .protocols("TLSv1.3")
                .build();
        TlsProfile client =
                TlsProfile.builder().trust(certificates.certificate()).build();
        try (Rig rig = new Rig(secured ? Gate.tls(server) : Gate.plain(), Answering::new)) {
            Client.Builder settings = Client.builder(rig.dispatcher);
            try (Client asking = (secured ? settings.tls(client) : settings).build()) {
                Asking handler = new Asking();
                Connection connection =
                        asking.connect("localhost", rig.port(), handler).get(30, TimeUnit.SECONDS);
                assertFalse(connection.write(ByteBuffer.allocate(1)), "from another thread");
                CompletableFuture<Void> sent = connection.send(ByteBuffer.allocate(1));
                assertEquals(ANSWER, handler.answered.get(30, TimeUnit.SECONDS));
                assertThrows(ExecutionException.class, () -> sent.get(30, TimeUnit.SECONDS));
            }
        }
    }
}
