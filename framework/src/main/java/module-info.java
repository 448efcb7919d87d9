// SPDX-License-Identifier: Apache-2.0
/**
 * Portcullis: a completion-based TLS server framework over {@link java.nio.channels.AsynchronousSocketChannel}.
 *
 * <p>The rooms depend on each other in one direction only:
 * {@code dispatch -> {io.portcullis, channel, tls, buffer, proxy}}, {@code {channel, frame} -> io.portcullis -> {tls, proxy} -> foreign};
 * {@code foreign} and {@code buffer} import nothing but the JDK; {@code metrics -> dispatch} needs micrometer-core, and nothing else does.
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
    exports io.portcullis.metrics;
    exports io.portcullis.proxy;
    exports io.portcullis.tls;

    uses io.portcullis.tls.TlsEngineProvider;
}
