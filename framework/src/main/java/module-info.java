// SPDX-License-Identifier: Apache-2.0
/**
 * Portcullis: a completion-based TLS server framework over {@link java.nio.channels.AsynchronousSocketChannel}.
 *
 * <p>What is exported is the interface; {@code io.portcullis.internal} and below may change with any release. The rooms
 * depend on each other in one direction only, as {@code docs/ARCHITECTURE.md} draws it: {@code dispatch} stands on top,
 * {@code metrics} beside it needs micrometer-core, and nothing else does.
 */
module io.portcullis {
    requires org.slf4j;
    requires static org.jspecify;
    requires static java.management;
    requires static jdk.jfr;
    requires static micrometer.core;

    exports io.portcullis;
    exports io.portcullis.buffer;
    exports io.portcullis.channel;
    exports io.portcullis.dispatch;
    exports io.portcullis.frame;
    exports io.portcullis.group;
    exports io.portcullis.metrics;
    exports io.portcullis.proxy;
    exports io.portcullis.tls;
    exports io.portcullis.tls.spi;

    uses io.portcullis.tls.spi.TlsEngineProvider;
}
