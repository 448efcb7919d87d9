// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.guide;

// snippet: PORTCULLIS
import static java.nio.charset.StandardCharsets.UTF_8;

import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.frame.LineHandler;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;

/** Numbers lines, plain and over TLS on one port; closes idle connections. */
final class PortcullisLines extends LineHandler {
    private int lines;

    private PortcullisLines() {
        super(8192);
    }

    static Server start(Dispatcher dispatcher, TlsProfile tls, InetSocketAddress address) throws IOException {
        return Server.builder(dispatcher)
                .listen(address, Gate.detect(tls))
                .handler(PortcullisLines::new)
                .idleTimeout(Duration.ofSeconds(60))
                .start();
    }

    @Override
    protected void onLine(Connection connection, String line) {
        lines++;
        connection.write(lines + ": " + line + "\n", UTF_8);
    }
}
// end snippet
