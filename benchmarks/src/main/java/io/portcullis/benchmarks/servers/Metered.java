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

/** A server with all its meters, which are read as a monitoring system does; the process pays for that as well. */
final class Metered {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final int seconds;

    /** Meters that are read every so many seconds. */
    Metered(int seconds) {
        this.seconds = seconds;
    }

    /** Observes the connections of a server that is about to start. */
    Server.Builder observe(Server.Builder server) {
        ConnectionMetrics connections = new ConnectionMetrics();
        connections.bindTo(registry);
        return server.observer(connections);
    }

    /** Reads everything from now on. */
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
