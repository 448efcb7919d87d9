// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.firstminute;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The measured server. Prints {@code ready PORT} when it listens, and exits at the end of its standard input. */
@Command(name = FirstMinuteServer.NAME, hidden = true, description = "Serves first-minute.")
public final class FirstMinuteServer implements Callable<Integer> {
    static final String NAME = "first-minute-server";

    private static final ByteBuffer RESPONSE = ByteBuffer.wrap(
                    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n".getBytes(StandardCharsets.US_ASCII))
            .asReadOnlyBuffer();

    @Option(names = "--certificates", required = true)
    private Path certificates = Path.of(".");

    @Option(names = "--warm-up-millis")
    @Nullable
    private Long warmUpMillis;

    /** Called by the command line. */
    public FirstMinuteServer() {}

    @Override
    public Integer call() throws IOException {
        TlsProfile profile = TlsProfile.builder()
                .certificate(certificates.resolve("server.pem"), certificates.resolve("server-key.pem"))
                .build();
        try (Dispatcher dispatcher = Dispatcher.create()) {
            Server.Builder builder = Server.builder(dispatcher)
                    .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Gate.detect(profile))
                    .handler(Responder::new);
            if (warmUpMillis != null) {
                builder.warmUp(Duration.ofMillis(warmUpMillis));
            }
            Server server = builder.start();
            System.out.println("ready " + server.addresses().get(0).getPort());
            System.out.flush();
            System.in.transferTo(java.io.OutputStream.nullOutputStream());
            return 0;
        }
    }

    /** Answers each request, which has no body, with the same few bytes. */
    private static final class Responder implements ConnectionHandler {
        private static final int END_OF_HEAD = 0x0d0a0d0a;

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            for (int i = data.position(); i + Integer.BYTES <= data.limit(); i++) {
                if (data.getInt(i) == END_OF_HEAD) {
                    data.position(i + Integer.BYTES);
                    connection.write(RESPONSE.duplicate());
                }
            }
        }
    }
}
