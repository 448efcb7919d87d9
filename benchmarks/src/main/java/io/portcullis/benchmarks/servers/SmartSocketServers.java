// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;
import org.smartboot.socket.Protocol;
import org.smartboot.socket.StateMachineEnum;
import org.smartboot.socket.extension.plugins.SslPlugin;
import org.smartboot.socket.extension.processor.AbstractMessageProcessor;
import org.smartboot.socket.extension.ssl.factory.SSLContextFactory;
import org.smartboot.socket.transport.AioQuickServer;
import org.smartboot.socket.transport.AioSession;

/** smart-socket, with its own channels, which resemble the JDK's, and its SslPlugin. */
final class SmartSocketServers {
    /** The minimum: it does not start with one. */
    private static final int THREADS = 2;

    /** A writer that finds all of them full blocks its thread. */
    private static final int CHUNKS = 16;

    private static final int CHUNK_BYTES = 4096;
    private static final int READ_BYTES = 1024;

    private SmartSocketServers() {}

    static List<JvmContestant> contestants() {
        return List.of(contestant("plain", false, ""), contestant("jdk", true, ", " + Versions.jdkEngine()));
    }

    private static JvmContestant contestant(String engine, boolean secure, String with) {
        Supplier<String> about = () -> "smart-socket " + Versions.of("smart-socket") + with;
        return new JvmContestant("smart-socket-" + engine, secure, about, options -> start(options, secure));
    }

    private static RunningServer start(ServeOptions options, boolean secure) throws Exception {
        Processor processor = new Processor();
        if (secure) {
            processor.addPlugin(new SslPlugin<>(new Tls(TlsSettings.context(options, null))));
        }
        int port = options.port() == 0 ? FreePort.find() : options.port();
        AioQuickServer server = new AioQuickServer(ServeOptions.HOST, port, new Requests(), processor)
                .setBannerEnabled(false)
                .setThreadNum(THREADS)
                .setBacklog(ServeOptions.BACKLOG)
                .setReadBufferSize(READ_BYTES)
                .setWriteBuffer(CHUNK_BYTES, CHUNKS);
        server.start();
        return new Running(server, port);
    }

    private record Tls(SSLContext context) implements SSLContextFactory {
        @Override
        public SSLContext create() {
            return context;
        }

        @Override
        public void initSSLEngine(AsynchronousSocketChannel channel, SSLEngine engine) {
            TlsSettings.server(engine);
        }
    }

    private record Running(AioQuickServer server, int port) implements RunningServer {
        @Override
        public void close() {
            server.shutdown();
        }
    }

    private static final class Requests implements Protocol<CannedResponse> {
        @Override
        public @Nullable CannedResponse decode(ByteBuffer data, AioSession session) {
            return scanner(session).next(data);
        }
    }

    private static RequestScanner scanner(AioSession session) {
        return Objects.requireNonNull(session.getAttachment());
    }

    private static final class Processor extends AbstractMessageProcessor<CannedResponse> {
        /**
         * Closing immediately would cut off data that TLS has accepted but not sent, so the connection is closed after
         * that data.
         */
        @Override
        public void process0(AioSession session, CannedResponse response) {
            boolean closes = scanner(session).closes();
            try {
                if (response == CannedResponse.LARGE || closes) {
                    session.awaitRead();
                    session.writeBuffer().transferFrom(response.buffer(), sent -> goOn(session, closes));
                } else {
                    session.writeBuffer().write(response.bytes());
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static void goOn(AioSession session, boolean closes) {
            if (closes) {
                session.close();
            } else {
                session.signalRead();
            }
        }

        @Override
        public void stateEvent0(AioSession session, StateMachineEnum event, @Nullable Throwable failure) {
            if (event == StateMachineEnum.NEW_SESSION) {
                session.setAttachment(new RequestScanner());
            }
        }
    }
}
