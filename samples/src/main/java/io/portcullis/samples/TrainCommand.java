// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.StatefulHandler;
import io.portcullis.dispatch.Client;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.samples.http.Site;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Runs the work of {@code serve} for some seconds and exits, so that a JVM started with the option to record a CDS
 * archive or an AOT cache has something to record.
 */
@Command(
        name = "train",
        description = "Serves itself on free ports for a while and exits, to create a CDS archive or AOT cache.",
        footer = {
            "",
            "JDK 17: java -XX:ArchiveClassesAtExit=FILE -jar ... train",
            "        java -XX:SharedArchiveFile=FILE -jar ... serve",
            "JDK 25: java -XX:AOTCacheOutput=FILE -jar ... train",
            "        java -XX:AOTCache=FILE -jar ... serve"
        })
final class TrainCommand implements Callable<Integer> {
    private static final ByteBuffer REQUEST = ByteBuffer.wrap(
                    "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".getBytes(US_ASCII))
            .asReadOnlyBuffer();
    private static final List<ListenerKind> TRAINED =
            List.of(ListenerKind.PLAIN, ListenerKind.TLS, ListenerKind.MIXED, ListenerKind.ECHO);
    private static final long PATIENCE_SECONDS = 10;

    @Option(
            names = "--time",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "How long to run: half of the time in memory, half over loopback. Default: 20s.")
    Duration time = Duration.ofSeconds(20);

    @Override
    public Integer call() throws IOException {
        TlsProfile profile = new TlsOptions().profile(Clock.systemUTC());
        Map<ListenerKind, InetSocketAddress> where = new EnumMap<>(ListenerKind.class);
        for (ListenerKind kind : TRAINED) {
            where.put(kind, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        }
        Duration half = time.dividedBy(2);
        try (Dispatcher dispatcher = Dispatcher.create();
                SampleServers servers = SampleServers.start(
                        where, profile, null, Site.NONE, Site.NONE, server -> server.warmUp(half), null)) {
            long begin = System.nanoTime();
            int exchanges = 0;
            while (System.nanoTime() - begin < half.toNanos()) {
                talk(dispatcher, servers.addresses(), profile.certificates().get(0));
                exchanges += 2 * where.size();
            }
            System.out.println("trained with " + exchanges + " exchanges");
            return 0;
        } catch (ExecutionException | TimeoutException e) {
            System.err.println("portcullis-samples: the training failed: " + e);
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 1;
        }
    }

    /** Talks to each listener twice; the client starts without a cached session. */
    private static void talk(
            Dispatcher dispatcher, Map<ListenerKind, InetSocketAddress> addresses, X509Certificate certificate)
            throws ExecutionException, InterruptedException, TimeoutException {
        TlsProfile trusting = TlsProfile.builder().trust(certificate).build();
        try (Client plain = Client.builder(dispatcher).build();
                Client secured = Client.builder(dispatcher).tls(trusting).build()) {
            for (int i = 0; i < 2; i++) {
                ask(plain, addresses, ListenerKind.PLAIN);
                ask(secured, addresses, ListenerKind.TLS);
                ask(i == 0 ? plain : secured, addresses, ListenerKind.MIXED);
                ask(i == 0 ? plain : secured, addresses, ListenerKind.ECHO);
            }
        }
    }

    private static void ask(Client client, Map<ListenerKind, InetSocketAddress> addresses, ListenerKind kind)
            throws ExecutionException, InterruptedException, TimeoutException {
        Question question = new Question();
        InetSocketAddress address = Objects.requireNonNull(addresses.get(kind));
        var unused = client.connect("localhost", address.getPort(), question);
        question.ended.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** Sends a request, and closes the connection when a response arrives. */
    private static final class Question extends StatefulHandler {
        final CompletableFuture<CloseReason> ended = new CompletableFuture<>();

        @Override
        public void onOpen(Connection connection) {
            connection.write(REQUEST.duplicate());
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            data.position(data.limit());
            connection.close();
        }

        @Override
        public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
            ended.complete(reason);
        }
    }
}
