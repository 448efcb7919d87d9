// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import io.portcullis.CloseReason;
import io.portcullis.ConnectFailedException;
import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.StatefulHandler;
import io.portcullis.dispatch.AdmissionLimit;
import io.portcullis.dispatch.Client;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.samples.DurationConverter;
import io.portcullis.samples.EchoHandler;
import io.portcullis.testkit.SelfSignedCertificate;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Any number of devices, each of which repeatedly connects, has 15 or 16 small readings echoed and disconnects: all on
 * one dispatcher, with one client and one TLS profile.
 */
@Command(
        name = "DeviceFleet",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = "Many devices that connect repeatedly, by default to a server in the same process.")
public final class DeviceFleet implements Callable<Integer> {
    @Option(names = "--devices", paramLabel = "N", description = "The number of devices. Default: 120.")
    private int devices = 120;

    @Option(
            names = "--time",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "How long to run, such as 60s. Default: until Ctrl-C.")
    private @Nullable Duration time;

    @Option(
            names = "--pause",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "The average time that a device waits between two readings. Default: 1s.")
    private Duration pause = Duration.ofSeconds(1);

    @Option(names = "--host", paramLabel = "HOST", description = "An echo server to use instead of the built-in one.")
    private @Nullable String host;

    @Option(names = "--port", paramLabel = "PORT", description = "Its port. Default: 9001.")
    private int port = 9001;

    @Mixin
    private final ClientOptions options = new ClientOptions();

    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final FleetFigures figures = new FleetFigures();

    /**
     * Runs the command line and exits the process.
     *
     * @param arguments the command line
     */
    public static void main(String... arguments) {
        System.exit(Programs.execute(new DeviceFleet(), arguments));
    }

    @Override
    public Integer call() throws Exception {
        figures.needFiles((host == null ? 2L : 1L) * devices);
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop));
        try (Dispatcher dispatcher = Dispatcher.create()) {
            Server server = host == null ? ownServer(dispatcher) : null;
            // snippet: fleet
            Client client = options.client(dispatcher)
                    .admission(new AdmissionLimit(64, devices, Duration.ofMinutes(10))) // devices can wait
                    .build();
            for (int i = 0; i < devices; i++) {
                new Session(client).begin();
            }
            figures.watch(dispatcher, devices, time, stop);
            long begun = System.nanoTime();
            client.close();
            client.closed().join();
            // end snippet
            if (server != null) {
                server.close();
                server.closed().join();
            }
            return figures.report(devices, System.nanoTime() - begun, dispatcher) ? 0 : 1;
        } finally {
            stopped.countDown();
        }
    }

    private Server ownServer(Dispatcher dispatcher) throws IOException {
        SelfSignedCertificate own = SelfSignedCertificate.create();
        options.trust(own.certificate());
        TlsProfile tls = TlsProfile.builder()
                .engine(options.engine)
                .certificate(own.key(), own.certificate())
                .build();
        Server server = Server.builder(dispatcher)
                .listen(Programs.loopback(0), Gate.detect(tls))
                .handler(EchoHandler::new)
                .start();
        port = server.addresses().get(0).getPort();
        return server;
    }

    /** Called on Ctrl-C: ends the run and waits until the report has been printed. */
    private void stop() {
        stop.countDown();
        try {
            stopped.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // snippet: session
    /** One session of one device. When it has ended, the device starts the next one. */
    private final class Session extends StatefulHandler {
        private final Client client;
        private int left = ThreadLocalRandom.current().nextInt(15, 17);
        private ByteBuffer reading = ByteBuffer.allocate(0);
        private boolean open;

        Session(Client client) {
            this.client = client;
        }

        void begin() {
            var unused = client.connect(host != null ? host : "127.0.0.1", port, this)
                    .whenComplete((connection, failure) -> {
                        if (failure != null && !open) {
                            again(failure instanceof ConnectFailedException failed ? failed.reason() : null, failure);
                        }
                    });
        }

        @Override
        public void onOpen(Connection connection) {
            open = true;
            figures.opened(connection.session().filter(TlsSession::resumed).isPresent());
            send(connection);
        }

        private void send(Connection connection) {
            reading = FleetFigures.reading(ThreadLocalRandom.current().nextInt(100, 301));
            connection.write(reading.duplicate());
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            int length = reading.remaining();
            if (data.remaining() < length) {
                return; // unread data is presented again, together with what follows
            }
            if (!data.slice(data.position(), length).equals(reading)) {
                throw new IllegalStateException("the echo differs from what was sent");
            }
            data.position(data.position() + length);
            figures.exchanged();
            if (--left == 0) {
                connection.close();
            } else {
                long nanos =
                        (long) (pause.toNanos() * ThreadLocalRandom.current().nextDouble(0.5, 1.5));
                CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS, connection::execute)
                        .execute(() -> send(connection));
            }
        }

        @Override
        public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
            if (open) {
                again(reason, cause);
            }
        }

        private void again(@Nullable CloseReason reason, @Nullable Throwable cause) {
            if (reason == CloseReason.SHUTDOWN) {
                return;
            }
            boolean good = reason == CloseReason.LOCAL_CLOSE;
            figures.ended(good, reason + (cause == null ? "" : ": " + cause.getMessage()));
            Executor next = good ? Runnable::run : CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS);
            next.execute(() -> new Session(client).begin());
        }
    }
    // end snippet
}
