// SPDX-License-Identifier: Apache-2.0
package io.portcullis.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Listener;
import io.portcullis.dispatch.Server;
import io.portcullis.metrics.CertificateMetrics;
import io.portcullis.metrics.ConnectionMetrics;
import io.portcullis.metrics.DispatcherMetrics;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs the snippet of the page on observability. */
@Timeout(60)
class ObservabilityGuideTest {
    private static final InetSocketAddress ADDRESS = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    @Test
    void metersCount() throws Exception {
        MeterRegistry registry = new SimpleMeterRegistry();
        try (Dispatcher dispatcher = Dispatcher.create()) {
            // snippet: METERS
            ConnectionMetrics metrics = new ConnectionMetrics();
            metrics.bindTo(registry); // any MeterRegistry of Micrometer
            Server server = Server.builder(dispatcher)
                    .listen(Listener.at(ADDRESS, Gate.plain()).name("public"))
                    .handler(() -> Connection::write)
                    .observer(metrics)
                    .start();
            new DispatcherMetrics(dispatcher).bindTo(registry);
            new CertificateMetrics(server).bindTo(registry);
            // end snippet
            InetSocketAddress address = server.addresses().get(0);
            try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
                socket.getOutputStream().write(42);
                assertEquals(42, socket.getInputStream().read());
            }
            assertEquals(
                    1,
                    registry.get("portcullis.connections.accepted")
                            .tags("listener", "public")
                            .counter()
                            .count());
        }
    }
}
