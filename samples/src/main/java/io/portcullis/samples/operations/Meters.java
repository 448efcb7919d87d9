// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.operations;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.metrics.CertificateMetrics;
import io.portcullis.metrics.ConnectionMetrics;
import io.portcullis.metrics.DispatcherMetrics;
import io.portcullis.samples.http.Resource;
import io.portcullis.samples.http.Status;

/** All meters of the server and of its JVM. */
final class Meters implements AutoCloseable {
    private static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collections = new JvmGcMetrics();

    /** Adds meters for the connections of a server that is about to start. */
    void observe(Server.Builder server) {
        ConnectionMetrics connections = new ConnectionMetrics();
        connections.bindTo(registry);
        server.observer(connections);
        // Prometheus's linter objects to these two names of the library.
        registry.config()
                .meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"))
                .meterFilter(MeterFilter.denyNameStartsWith("system.cpu.count"));
        collections.bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
    }

    /** Adds the meters that need a running server. */
    void started(Dispatcher dispatcher, Server server) {
        new DispatcherMetrics(dispatcher).bindTo(registry);
        new CertificateMetrics(server).bindTo(registry);
    }

    /**
     * Returns all meters in Prometheus's text format.
     *
     * @param fields further header fields of the response
     */
    Resource text(String fields) {
        return new Resource.Document(Status.OK, TYPE, fields, registry.scrape().getBytes(UTF_8));
    }

    MeterRegistry registry() {
        return registry;
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }
}
