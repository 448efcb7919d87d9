// SPDX-License-Identifier: Apache-2.0
package io.portcullis.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.portcullis.ConnectFailedException;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.dispatch.Client;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
final class ProfilesTest {
    private final Dispatcher dispatcher;

    ProfilesTest() throws IOException {
        dispatcher = Dispatcher.create();
    }

    @AfterEach
    void end() {
        dispatcher.close();
    }

    private static final class Echo implements ConnectionHandler {
        @Override
        public void onData(Connection connection, ByteBuffer data) {
            connection.write(data);
        }
    }

    private String exchange(TlsProfile served, TlsProfile trusting) throws Exception {
        InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (Client client = Client.builder(dispatcher).tls(trusting).build();
                Server server = Server.builder(dispatcher)
                        .listen(loopback, Gate.tls(served))
                        .handler(Echo::new)
                        .start()) {
            return client.open("localhost", server.addresses().get(0).getPort())
                    .thenCompose(channel -> channel.send(US_ASCII.encode("hello"))
                            .thenCompose(sent -> channel.receive())
                            .whenComplete((bytes, failure) -> channel.close()))
                    .thenApply(bytes -> US_ASCII.decode(bytes).toString())
                    .get(30, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @EnumSource(KeyType.class)
    void itsClientTrustsItsServer(KeyType type) throws Exception {
        SelfSignedCertificate made =
                SelfSignedCertificate.builder().keyType(type).build();
        assertEquals("hello", exchange(made.serverProfile(), made.clientProfile()));
    }

    @Test
    void itsClientTrustsNoOtherServer() {
        TlsProfile other = SelfSignedCertificate.create().serverProfile();
        TlsProfile client = SelfSignedCertificate.create().clientProfile();
        ExecutionException failure = assertThrows(ExecutionException.class, () -> exchange(other, client));
        assertInstanceOf(ConnectFailedException.class, failure.getCause());
    }

    @Test
    void itsClientVerifiesTheName() {
        SelfSignedCertificate made = SelfSignedCertificate.create("other.example");
        ExecutionException failure =
                assertThrows(ExecutionException.class, () -> exchange(made.serverProfile(), made.clientProfile()));
        assertInstanceOf(ConnectFailedException.class, failure.getCause());
    }
}
