// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.guide;

// snippet: TLS
import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/** Serves {@link FirstLines} over TLS. */
public final class FirstTls {
    private FirstTls() {}

    public static void main(String... arguments) throws IOException, InterruptedException {
        TlsProfile tls = TlsProfile.builder()
                .certificate(Path.of("server.pem"), Path.of("server-key.pem"))
                .build();
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = start(dispatcher, new InetSocketAddress(InetAddress.getLoopbackAddress(), 9001), tls)) {
            System.out.println("listening on " + server.addresses());
            server.awaitClosed();
        }
    }

    static Server start(Dispatcher dispatcher, InetSocketAddress address, TlsProfile tls) throws IOException {
        return Server.builder(dispatcher)
                .listen(address, Gate.tls(tls))
                .handler(FirstLines::new)
                .start();
    }
}
// end snippet
