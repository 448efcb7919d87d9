// SPDX-License-Identifier: Apache-2.0
package io.portcullis.guide;

import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.time.Duration;

/** The server of docs/guide/warm-up.md. */
final class WarmUpGuide {
    private WarmUpGuide() {}

    static Server warm(Dispatcher dispatcher, TlsProfile tls) throws IOException {
        // snippet: WARM_UP
        Server server = Server.builder(dispatcher)
                .listen(9001, Gate.detect(tls))
                .handler(Echo::new)
                .warmUp(Duration.ofSeconds(10))
                .start();
        // end snippet
        return server;
    }
}
