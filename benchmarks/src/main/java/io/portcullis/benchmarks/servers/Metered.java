// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.metrics.CertificateMetrics;
import io.portcullis.metrics.ConnectionMetrics;
import io.portcullis.metrics.DispatcherMetrics;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** A server with all its meters, which are read as by a monitoring system; this work is part of the server's cost. */
final class Metered {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final int seconds;

    /** Creates meters that are read at the given interval. */
    Metered(int seconds) {
        this.seconds = seconds;
    }

    /** Observes the connections of a server that is about to start. */
    Server.Builder observe(Server.Builder server) {
        ConnectionMetrics connections = new ConnectionMetrics();
        connections.bindTo(registry);
        return server.observer(connections);
    }

    /** Starts reading all meters. */
    void read(Dispatcher dispatcher, Server server) {
        new DispatcherMetrics(dispatcher).bindTo(registry);
        new CertificateMetrics(server).bindTo(registry);
        var unused = Executors.newSingleThreadScheduledExecutor(body -> {
                    Thread thread = new Thread(body, "scrape");
                    thread.setDaemon(true);
                    return thread;
                })
                .scheduleAtFixedRate(registry::scrape, seconds, seconds, TimeUnit.SECONDS);
    }
}
