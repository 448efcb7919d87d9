// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.Connection;
import io.portcullis.Decision;
import io.portcullis.Gate;
import io.portcullis.StatefulHandler;
import io.portcullis.dispatch.Client;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.testkit.SelfSignedCertificate;
import io.portcullis.tls.ServerNameMap;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class TlsRelayTest {

    /**
     * The relay forwards such a hello unmodified; how the backend's engine treats the trailing dot is up to the
     * backend.
     */
    @Test
    void aHostIsFoundIgnoringCaseAndATrailingDot() {
        ServerNameMap<Decision> hosts = TlsRelay.hosts(InetSocketAddress.createUnresolved("backend", 443));
        Optional<Decision> passed = hosts.find("pass.example");
        assertEquals(true, passed.isPresent());
        assertEquals(passed, hosts.find("PASS.example."));
        assertEquals(Optional.empty(), hosts.find("pass.example.org"));
    }

    /** Responds at the end of the request, with its length. */
    private static final class Counting extends StatefulHandler {
        private int bytes;

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            bytes += data.remaining();
            data.position(data.limit());
        }

        @Override
        public void onEndOfInput(Connection connection) {
            connection.write(US_ASCII.encode(bytes + " bytes by "
                    + connection.session().map(TlsSession::protocol).orElse("nothing")));
            connection.close();
        }
    }

    @Test
    void theEndOfTheRequestIsForwardedAndTheResponseComesBack() throws Exception {
        SelfSignedCertificate made = SelfSignedCertificate.create("localhost");
        TlsProfile served =
                TlsProfile.builder().certificate(made.key(), made.certificate()).build();
        TlsProfile trusting = TlsProfile.builder().trust(made.certificate()).build();
        try (Dispatcher dispatcher = Dispatcher.create();
                Server backend = Server.builder(dispatcher)
                        .listen(Programs.loopback(0), Gate.tls(served))
                        .handler(Counting::new)
                        .start();
                Client client = Client.builder(dispatcher).tls(trusting).build();
                Server relay = Server.builder(dispatcher)
                        .listen(Programs.loopback(0), Gate.plain())
                        .handler(() -> new TlsRelay.Reencrypting(
                                client, backend.addresses().get(0).getPort()))
                        .start();
                Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(),
                        relay.addresses().get(0).getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(new byte[100_000]);
            socket.shutdownOutput();
            assertEquals(
                    "100000 bytes by TLSv1.3",
                    new String(socket.getInputStream().readAllBytes(), US_ASCII));
        }
    }
}
