// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.testkit.SelfSignedCertificate;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Serves one large file, plain and over TLS on one port, as fast as each peer reads it, and prints how many buffers are
 * leased.
 */
@Command(
        name = "Download",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = "Serves one file over HTTP, plain and TLS on one port of 127.0.0.1, until Ctrl-C.")
public final class Download implements Callable<Integer> {
    private static final int MADE = 64 << 20;

    @Option(names = "--file", description = "Default: 64 MiB whose byte i is i %% 251, deleted on exit.")
    private @Nullable Path file;

    @Option(names = "--port", defaultValue = "9002", description = "0 selects any free port. Default: 9002.")
    private int port;

    /**
     * Runs the command line and exits the process.
     *
     * @param arguments the command line
     */
    public static void main(String... arguments) {
        Programs.run(new Download(), arguments);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        SelfSignedCertificate made = SelfSignedCertificate.create();
        TlsProfile tls = TlsProfile.builder()
                .certificate(made.key(), made.certificate())
                .alpn("http/1.1")
                .build();
        try (FileChannel channel = FileChannel.open(file == null ? make() : file);
                Dispatcher dispatcher = Dispatcher.create()) {
            Server server = Server.builder(dispatcher)
                    .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), Gate.detect(tls))
                    .handler(() -> new Response(channel, dispatcher))
                    .start();
            InetSocketAddress address = server.addresses().get(0);
            System.out.println("listening mixed 127.0.0.1:" + address.getPort() + "\nready");
            for (String how : new String[] {"", "-k --limit-rate 1M ", "-k "}) {
                String scheme = how.isEmpty() ? "http" : "https";
                System.err.println("  curl " + how + "-o copy " + scheme + "://127.0.0.1:" + address.getPort() + "/");
            }
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                server.close();
                server.closed().join();
                System.out.println("stopped, " + leased(dispatcher));
            }));
            server.awaitClosed();
        }
        return 0;
    }

    private static Path make() throws IOException {
        byte[] content = new byte[MADE];
        for (int i = 0; i < MADE; i++) {
            content[i] = (byte) (i % 251);
        }
        Path made = Files.createTempFile("download", ".bytes");
        made.toFile().deleteOnExit();
        return Files.write(made, content);
    }

    private static String leased(Dispatcher dispatcher) {
        return dispatcher.statistics().buffers().activeLeases() + " buffers leased";
    }

    // snippet: response
    /** Responds to any request with the file. All connections share the channel. */
    private record Response(FileChannel file, Dispatcher dispatcher) implements ConnectionHandler {
        @Override
        public void onData(Connection connection, ByteBuffer data) {
            if (!ISO_8859_1.decode(data.duplicate()).toString().contains("\r\n\r\n")) {
                return; // unread data is presented again, together with what follows
            }
            data.position(data.limit());
            try {
                long length = file.size();
                String head = "HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\nConnection: close\r\n\r\n";
                connection.write(ByteBuffer.wrap(head.getBytes(ISO_8859_1)));
                var unused = connection.sendFile(file, 0, length).whenComplete((sent, failure) -> {
                    System.out.println(failure == null ? "sent " + sent + ", " + leased(dispatcher) : "aborted");
                    connection.close();
                });
            } catch (IOException failure) {
                connection.abort();
            }
        }
    }
    // end snippet
}
