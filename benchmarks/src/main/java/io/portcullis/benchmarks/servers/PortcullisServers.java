// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.tls.TlsCapabilities;
import io.portcullis.tls.TlsEngines;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsProfileBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.conscrypt.Conscrypt;

/**
 * Portcullis, plain and with several TLS engines: one dispatcher with one thread by default. The system properties
 * {@value #DISPATCHERS}, {@value #THREADS} and {@value #TASKS_ELSEWHERE} change that, to compare Portcullis with
 * itself.
 */
final class PortcullisServers {
    private static final String BORINGSSL = "boringssl";
    private static final Duration LONG = Duration.ofHours(1);

    private static final String DISPATCHERS = "benchmark.dispatchers";
    private static final String THREADS = "benchmark.threads";
    private static final String TASKS_ELSEWHERE = "benchmark.tasksElsewhere";

    /** The interval in seconds at which all meters are read; without it there are no meters. */
    private static final String METERED = "benchmark.metered";

    private PortcullisServers() {}

    static List<JvmContestant> contestants() {
        return List.of(
                contestant("plain", false, "", options -> Gate.plain()),
                contestant("jdk", true, ", " + Versions.jdkEngine(), options -> Gate.tls(jdkProfile(options))),
                contestant(
                        "detect",
                        true,
                        ", which detects TLS, " + Versions.jdkEngine(),
                        options -> Gate.detect(jdkProfile(options))),
                contestant(
                                "boringssl",
                                true,
                                ", BoringSSL engine (netty-tcnative)",
                                options -> Gate.tls(boringsslProfile(options)))
                        .missing(PortcullisServers::missingBoringssl),
                contestant(
                                "conscrypt",
                                true,
                                ", Conscrypt " + Versions.of("conscrypt"),
                                options -> Gate.tls(conscryptProfile(options)))
                        .missing(PortcullisServers::missingConscrypt),
                contestant(
                                "jdk-accp",
                                true,
                                ", " + Versions.jdkEngine() + " over Amazon Corretto Crypto Provider "
                                        + Versions.of("accp"),
                                PortcullisServers::accpGate)
                        .missing(PortcullisServers::missingAccp));
    }

    /** Creates a gate once the options are known. */
    @FunctionalInterface
    private interface GateOpener {
        Gate open(ServeOptions options) throws Exception;
    }

    private static JvmContestant contestant(String name, boolean secure, String with, GateOpener gate) {
        Supplier<String> about = () -> "Portcullis " + Versions.of("portcullis") + with;
        return new JvmContestant("portcullis-" + name, secure, about, options -> start(options, gate.open(options)));
    }

    /** Starts one dispatcher, or as many as {@value #DISPATCHERS} specifies, which share the port. */
    private static RunningServer start(ServeOptions options, Gate gate) throws IOException {
        List<Dispatcher> dispatchers = new ArrayList<>();
        try {
            InetSocketAddress address = options.address();
            for (int i = 0; i < Integer.getInteger(DISPATCHERS, 1); i++) {
                Dispatcher dispatcher = Dispatcher.builder()
                        .threads(Integer.getInteger(THREADS, 1))
                        .taskThreads(1)
                        .build();
                dispatchers.add(dispatcher);
                address = start(dispatcher, address, gate).addresses().get(0);
            }
            return new Running(dispatchers, address.getPort());
        } catch (IOException | RuntimeException failure) {
            dispatchers.forEach(Dispatcher::close);
            throw failure;
        }
    }

    private static Server start(Dispatcher dispatcher, InetSocketAddress address, Gate gate) throws IOException {
        Server.Builder server = Server.builder(dispatcher)
                .listen(address, gate)
                .handler(HttpHandler::new)
                .handshakeTimeout(Duration.ofSeconds(TlsSettings.HANDSHAKE_SECONDS))
                .idleTimeout(LONG);
        if (Integer.getInteger(DISPATCHERS, 1) > 1) {
            server.reusePort();
        }
        Integer metered = Integer.getInteger(METERED);
        if (metered == null) {
            return server.start();
        }
        Metered meters = new Metered(metered);
        Server started = meters.observe(server).start();
        meters.read(dispatcher, started);
        return started;
    }

    private static TlsProfile jdkProfile(ServeOptions options) {
        return fromPem(options)
                .tasksMayBlock(Boolean.getBoolean(TASKS_ELSEWHERE))
                .build();
    }

    private static TlsProfile boringsslProfile(ServeOptions options) {
        return fromPem(options).engine(BORINGSSL).build();
    }

    private static TlsProfileBuilder fromPem(ServeOptions options) {
        return TlsProfile.builder()
                .certificate(options.certificate(), options.key())
                .protocols(TlsSettings.PROTOCOLS.toArray(String[]::new))
                .cipherSuites(TlsSettings.SUITES);
    }

    private static TlsProfile conscryptProfile(ServeOptions options) {
        return fromPem(options).provider(Conscrypt.newProvider()).build();
    }

    private static Gate accpGate(ServeOptions options) {
        AmazonCorrettoCryptoProvider.install();
        return Gate.tls(jdkProfile(options));
    }

    private static Optional<String> missingBoringssl() {
        return TlsEngines.list().stream()
                .filter(engine -> engine.name().equals(BORINGSSL))
                .findFirst()
                .map(TlsCapabilities::unavailable)
                .orElse(Optional.of("the engine is not on the class path"));
    }

    private static Optional<String> missingConscrypt() {
        return Conscrypt.isAvailable() ? Optional.empty() : Optional.of("Conscrypt has no library for this system");
    }

    private static Optional<String> missingAccp() {
        Throwable failure = AmazonCorrettoCryptoProvider.INSTANCE.getLoadingError();
        return failure == null ? Optional.empty() : Optional.of("its native library does not load: " + failure);
    }

    private record Running(List<Dispatcher> dispatchers, int port) implements RunningServer {
        @Override
        public void close() {
            dispatchers.forEach(Dispatcher::close);
        }
    }

    /** One connection. The write copies a small response, so one duplicate serves all; a large one is lent. */
    private static final class HttpHandler implements ConnectionHandler {
        private static final CompletionHandler<Void, CannedResponse> SENT = new Sent();

        private final RequestScanner requests = new RequestScanner();
        private final ByteBuffer small = CannedResponse.SMALL.buffer();

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            CannedResponse response = requests.next(data);
            while (response != null) {
                if (response == CannedResponse.SMALL) {
                    connection.write(small.rewind());
                } else {
                    connection.write(response.buffer(), response, SENT);
                }
                if (requests.closes()) {
                    connection.close();
                }
                response = requests.next(data);
            }
        }
    }

    /** The lent buffer was created for this write only, so nothing has to be done when it is returned. */
    private static final class Sent implements CompletionHandler<Void, CannedResponse> {
        @Override
        public void completed(Void nothing, CannedResponse response) {}

        @Override
        public void failed(Throwable cause, CannedResponse response) {}
    }
}
