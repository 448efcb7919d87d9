// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import io.netty.handler.ssl.OpenSsl;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsProfileBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.conscrypt.Conscrypt;

/** Portcullis, with one thread, plain and with several TLS engines. */
final class PortcullisServers {
    private static final Duration LONG = Duration.ofHours(1);

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

    /** Makes a gate once the options are known. */
    @FunctionalInterface
    private interface GateOpener {
        Gate open(ServeOptions options) throws Exception;
    }

    private static JvmContestant contestant(String name, boolean secure, String with, GateOpener gate) {
        Supplier<String> words = () -> "Portcullis " + Versions.of("portcullis") + with;
        return new JvmContestant("portcullis-" + name, secure, words, options -> start(options, gate.open(options)));
    }

    private static RunningServer start(ServeOptions options, Gate gate) throws IOException {
        Dispatcher dispatcher = Dispatcher.builder().threads(1).taskThreads(1).build();
        try {
            Server server = Server.builder(dispatcher)
                    .listen(options.address(), gate)
                    .handler(HttpHandler::new)
                    .handshakeTimeout(Duration.ofSeconds(TlsSettings.HANDSHAKE_SECONDS))
                    .idleTimeout(LONG)
                    .start();
            return new Running(dispatcher, server);
        } catch (IOException | RuntimeException failure) {
            dispatcher.close();
            throw failure;
        }
    }

    private static TlsProfile jdkProfile(ServeOptions options) {
        return fromPem(options).build();
    }

    private static TlsProfile boringsslProfile(ServeOptions options) {
        return fromPem(options).engine("boringssl").build();
    }

    private static Optional<String> missingBoringssl() {
        return OpenSsl.isAvailable()
                ? Optional.empty()
                : Optional.of("its native library does not load: " + OpenSsl.unavailabilityCause());
    }

    private static TlsProfileBuilder fromPem(ServeOptions options) {
        return TlsProfile.builder()
                .certificate(options.certificate(), options.key())
                .protocols(TlsSettings.PROTOCOLS.toArray(String[]::new))
                .cipherSuites(TlsSettings.SUITES);
    }

    private static TlsProfile conscryptProfile(ServeOptions options) throws Exception {
        return TlsProfile.builder()
                .sslContext(ConscryptContext.withTickets(TlsSettings.context(options, Conscrypt.newProvider())))
                .protocols(TlsSettings.PROTOCOLS.toArray(String[]::new))
                .cipherSuites(TlsSettings.SUITES)
                .tasksMayBlock(false)
                .build();
    }

    private static Gate accpGate(ServeOptions options) {
        AmazonCorrettoCryptoProvider.install();
        return Gate.tls(jdkProfile(options));
    }

    private static Optional<String> missingConscrypt() {
        return Conscrypt.isAvailable() ? Optional.empty() : Optional.of("Conscrypt has no library for this system");
    }

    private static Optional<String> missingAccp() {
        Throwable failure = AmazonCorrettoCryptoProvider.INSTANCE.getLoadingError();
        return failure == null ? Optional.empty() : Optional.of("its native library does not load: " + failure);
    }

    private record Running(Dispatcher dispatcher, Server server) implements RunningServer {
        @Override
        public int port() {
            return server.addresses().get(0).getPort();
        }

        @Override
        public void close() {
            dispatcher.close();
        }
    }

    /** One connection. A small answer is copied by the write, so one duplicate serves all; a large one is lent. */
    private static final class HttpHandler implements ConnectionHandler {
        private static final CompletionHandler<Void, Answer> SENT = new Sent();

        private final RequestScanner requests = new RequestScanner();
        private final ByteBuffer small = Answer.SMALL.buffer();

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            Answer answer = requests.next(data);
            while (answer != null) {
                if (answer == Answer.SMALL) {
                    connection.write(small.rewind());
                } else {
                    connection.write(answer.buffer(), answer, SENT);
                }
                if (requests.closes()) {
                    connection.close();
                }
                answer = requests.next(data);
            }
        }
    }

    /** The buffer that was lent was made for this write: nothing is to be done with it. */
    private static final class Sent implements CompletionHandler<Void, Answer> {
        @Override
        public void completed(Void nothing, Answer answer) {}

        @Override
        public void failed(Throwable cause, Answer answer) {}
    }
}
