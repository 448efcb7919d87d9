// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.siege;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.management.UnixOperatingSystemMXBean;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.DispatcherStatistics;
import io.portcullis.dispatch.Server;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsProfileBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The server under attack, with default settings: it detects TLS, and responds to requests without a body. Prints
 * {@code ready PORT} when it listens, replies to each line on standard input with its {@link ServerState}, and exits at
 * the end of its input.
 */
@Command(name = SiegeServer.NAME, hidden = true, description = "Serves siege.")
public final class SiegeServer implements Callable<Integer> {
    static final String NAME = "siege-server";
    static final String READY = "ready ";

    /** The requests for the small and for the large response. */
    static final String SMALL_REQUEST = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

    static final String LARGE_REQUEST = "GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final int LARGE_AT = LARGE_REQUEST.indexOf("large");

    private static final ByteBuffer SMALL = response(128);
    private static final ByteBuffer LARGE = response(1 << 20);

    /** The length of the small response, including its head. */
    static final int SMALL_LENGTH = SMALL.remaining();

    @Option(names = "--certificates", required = true, description = "The directory of server.pem and server-key.pem.")
    private Path certificates = Path.of(".");

    @Option(names = "--engine", description = "The TLS engine; the default engine if omitted.")
    private String engine = "";

    /** Called by the command line. */
    public SiegeServer() {}

    @Override
    public Integer call() throws IOException {
        TlsProfileBuilder profile = TlsProfile.builder()
                .certificate(certificates.resolve("server.pem"), certificates.resolve("server-key.pem"));
        if (!engine.isEmpty()) {
            profile.engine(engine);
        }
        try (Dispatcher dispatcher = Dispatcher.create()) {
            Server server = Server.builder(dispatcher)
                    .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Gate.detect(profile.build()))
                    .handler(Responder::new)
                    .start();
            System.out.println(READY + server.addresses().get(0).getPort());
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, US_ASCII));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                System.out.println(state(dispatcher).line());
            }
            return 0;
        }
    }

    private static ServerState state(Dispatcher dispatcher) {
        DispatcherStatistics now = dispatcher.statistics();
        return new ServerState(now.connections(), now.buffers().activeLeases(), descriptors());
    }

    private static long descriptors() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getOpenFileDescriptorCount()
                : 0;
    }

    private static ByteBuffer response(int length) {
        byte[] head = ("HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n").getBytes(US_ASCII);
        return ByteBuffer.allocateDirect(head.length + length).put(head).clear().asReadOnlyBuffer();
    }

    /** Responds to each request. The write copies a small response; a large one is lent. */
    private static final class Responder implements ConnectionHandler {
        private static final CompletionHandler<Void, Connection> LENT = new Lent();
        private static final int END_OF_HEAD = 0x0d0a0d0a;

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            for (int i = data.position(); i + Integer.BYTES <= data.limit(); i++) {
                if (data.getInt(i) == END_OF_HEAD) {
                    boolean large = data.get(data.position() + LARGE_AT) == 'l';
                    data.position(i + Integer.BYTES);
                    if (large) {
                        connection.write(LARGE.duplicate(), connection, LENT);
                    } else {
                        connection.write(SMALL.duplicate());
                    }
                }
            }
        }
    }

    /** The lent buffer was created for this write only, so nothing has to be done when it is returned. */
    private static final class Lent implements CompletionHandler<Void, Connection> {
        @Override
        public void completed(Void nothing, Connection connection) {}

        @Override
        public void failed(Throwable cause, Connection connection) {}
    }
}
