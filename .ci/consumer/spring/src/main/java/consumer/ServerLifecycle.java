// SPDX-License-Identifier: Apache-2.0
package consumer;

import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.metrics.ConnectionMetrics;
import io.portcullis.testkit.SelfSignedCertificate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Supplier;
import org.springframework.context.SmartLifecycle;

/** Starts the server when the application context is ready, and drains it before the context is closed. */
final class ServerLifecycle implements SmartLifecycle {
    private static final Duration DEADLINE = Duration.ofSeconds(5);

    private final Dispatcher dispatcher;
    private final ConnectionMetrics metrics;
    private final Supplier<Hello> handler;
    private final Path directory;
    private volatile Server server;

    ServerLifecycle(Dispatcher dispatcher, ConnectionMetrics metrics, Supplier<Hello> handler, Path directory) {
        this.dispatcher = dispatcher;
        this.metrics = metrics;
        this.handler = handler;
        this.directory = directory;
    }

    /** Prints both ports on one line, the plain one first. */
    @Override
    public void start() {
        try {
            SelfSignedCertificate certificate = SelfSignedCertificate.create();
            certificate.writeTo(directory);
            InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            server = Server.builder(dispatcher)
                    .listen(anyPort, Gate.plain())
                    .listen(anyPort, Gate.tls(certificate.serverProfile()))
                    .handler(handler)
                    .observer(metrics)
                    .start();
            System.out.println(server.addresses().get(0).getPort() + " "
                    + server.addresses().get(1).getPort());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void stop(Runnable callback) {
        server.drain(DEADLINE).thenRun(() -> {
            System.out.println("drained");
            callback.run();
        });
    }

    @Override
    public void stop() {
        server.close();
    }

    @Override
    public boolean isRunning() {
        return server != null && !server.closed().isDone();
    }
}
