// SPDX-License-Identifier: Apache-2.0
package consumer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.testkit.SelfSignedCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Says hello over HTTP, plain and under TLS. */
public final class HelloServer {
    private HelloServer() {}

    private static final class Hello implements ConnectionHandler {
        @Override
        public void onData(Connection connection, ByteBuffer data) {
            data.position(data.limit());
            connection.write(US_ASCII.encode("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n"));
        }
    }

    /**
     * Serves until the process ends. Prints both ports on one line, the plain one first.
     *
     * @param arguments the directory to write the certificate to
     * @throws IOException if the server cannot start
     */
    public static void main(String... arguments) throws IOException {
        SelfSignedCertificate certificate = SelfSignedCertificate.create();
        certificate.writeTo(Path.of(arguments[0]));
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0);
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = Server.builder(dispatcher)
                        .listen(anyPort, Gate.plain())
                        .listen(anyPort, Gate.tls(certificate.serverProfile()))
                        .handler(Hello::new)
                        .start()) {
            System.out.println(server.addresses().get(0).getPort() + " "
                    + server.addresses().get(1).getPort());
            server.closed().join();
        }
    }
}
