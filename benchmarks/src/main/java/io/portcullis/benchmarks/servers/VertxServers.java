// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import io.netty.util.internal.PlatformDependent;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.PemKeyCertOptions;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Vert.x with one event loop over Netty's NIO: a full HTTP stack. */
final class VertxServers {
    private static final Buffer SMALL = Buffer.buffer(CannedResponse.SMALL.body());
    private static final Buffer LARGE = Buffer.buffer(CannedResponse.LARGE.body());
    private static final int NOT_FOUND = 404;

    private VertxServers() {}

    static List<JvmContestant> contestants() {
        return List.of(contestant("plain", false, ""), contestant("jdk", true, ", " + Versions.jdkEngine()));
    }

    private static JvmContestant contestant(String engine, boolean secure, String with) {
        Supplier<String> about =
                () -> "Vert.x " + Versions.of("vertx") + " on Netty " + Versions.of("netty") + " NIO" + with;
        return new JvmContestant("vertx-" + engine, secure, about, options -> start(options, secure));
    }

    private static RunningServer start(ServeOptions options, boolean secure) throws Exception {
        Vertx vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(1)
                .setPreferNativeTransport(false)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        HttpServerOptions settings =
                new HttpServerOptions().setHost(ServeOptions.HOST).setPort(options.port());
        settings.setAcceptBacklog(ServeOptions.BACKLOG).setTcpNoDelay(true);
        if (secure) {
            secure(settings, options);
        }
        HttpServer server = vertx.createHttpServer(settings).requestHandler(VertxServers::respond);
        try {
            server.listen().toCompletionStage().toCompletableFuture().get();
        } catch (Exception failure) {
            vertx.close();
            throw failure;
        }
        return new Running(vertx, server, NettyServers.isDirectMemoryCounted());
    }

    private static void secure(HttpServerOptions settings, ServeOptions options) {
        settings.setSsl(true)
                .setUseAlpn(false)
                .setKeyCertOptions(new PemKeyCertOptions()
                        .setCertPath(options.certificate().toAbsolutePath().toString())
                        .setKeyPath(options.key().toAbsolutePath().toString()))
                .setEnabledSecureTransportProtocols(new LinkedHashSet<>(TlsSettings.PROTOCOLS))
                .setSslHandshakeTimeout(TlsSettings.HANDSHAKE_SECONDS)
                .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS);
        TlsSettings.SUITES.forEach(settings::addEnabledCipherSuite);
    }

    private static void respond(HttpServerRequest request) {
        switch (String.valueOf(request.path())) {
            case "/" ->
                request.response().putHeader("content-type", "text/plain").end(SMALL);
            case "/1m" ->
                request.response().putHeader("content-type", "text/plain").end(LARGE);
            default -> request.response().setStatusCode(NOT_FOUND).end();
        }
    }

    private record Running(Vertx vertx, HttpServer server, boolean counted) implements RunningServer {
        @Override
        public int port() {
            return server.actualPort();
        }

        @Override
        public long uncountedDirectBytes() {
            return counted ? 0 : Math.max(0, PlatformDependent.usedDirectMemory());
        }

        @Override
        public void close() {
            vertx.close();
        }
    }
}
