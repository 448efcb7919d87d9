// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.operations;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.portcullis.Connection;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.proxy.TrustedPeers;
import io.portcullis.samples.http.Resource;
import io.portcullis.samples.http.Site;
import io.portcullis.samples.http.Status;
import org.jspecify.annotations.Nullable;

/**
 * The pages for those who run the server: {@code /ready} for everybody, {@code /metrics} and {@code /dashboard} for the
 * addresses that may.
 */
public final class Operations implements Site, AutoCloseable {
    private static final String NO_STORE = "Cache-Control: no-store\r\n";
    private static final Resource READY = text(Status.OK, "ready");
    private static final Resource STARTING = text(Status.SERVICE_UNAVAILABLE, "starting");
    private static final Resource STOPPING = text(Status.SERVICE_UNAVAILABLE, "stopping");

    private final @Nullable TrustedPeers readers;
    private final @Nullable TrustedPeers viewers;
    private final @Nullable Meters meters;
    private final @Nullable Dashboard dashboard;
    private volatile Resource readiness = STARTING;

    /**
     * Pages of a server that has not started.
     *
     * @param readers who may read {@code /metrics}; null is nobody
     * @param viewers who may see {@code /dashboard}; null is nobody. If it is null as well nothing is measured
     */
    public Operations(@Nullable TrustedPeers readers, @Nullable TrustedPeers viewers) {
        this.readers = readers;
        this.viewers = viewers;
        this.meters = readers == null && viewers == null ? null : new Meters();
        this.dashboard = meters == null || viewers == null ? null : new Dashboard(meters.registry());
    }

    /**
     * Observes a server.
     *
     * @param server before it starts
     */
    public void observe(Server.Builder server) {
        if (meters != null) {
            meters.observe(server);
        }
        if (dashboard != null) {
            dashboard.observe(server);
        }
    }

    /**
     * The server has started: {@code /ready} says so from now on.
     *
     * @param dispatcher whose figures to show
     * @param server whose certificates to show
     */
    public void started(Dispatcher dispatcher, Server server) {
        if (meters != null) {
            meters.started(dispatcher, server);
        }
        readiness = READY;
    }

    /** The server is about to drain: from now on {@code /ready} answers 503, and every answer ends its connection. */
    public void stop() {
        readiness = STOPPING;
    }

    @Override
    public boolean stopping() {
        return readiness == STOPPING;
    }

    @Override
    public @Nullable Resource find(String path, Connection connection) {
        return switch (path) {
            case "/ready" -> readiness;
            case "/metrics" -> metrics(connection);
            default -> path.startsWith(Dashboard.PATH) ? dashboard(path, connection) : null;
        };
    }

    private @Nullable Resource metrics(Connection connection) {
        if (meters == null || readers == null) {
            return null;
        }
        return contains(readers, connection) ? meters.text() : refusal("--metrics");
    }

    private @Nullable Resource dashboard(String path, Connection connection) {
        Resource found = dashboard == null ? null : dashboard.find(path);
        return found == null || contains(viewers, connection) ? found : refusal("--dashboard");
    }

    @Override
    public void answered(long nanos) {
        if (dashboard != null) {
            dashboard.answered(nanos);
        }
    }

    @Override
    public void close() {
        if (dashboard != null) {
            dashboard.close();
        }
        if (meters != null) {
            meters.close();
        }
    }

    private static boolean contains(@Nullable TrustedPeers who, Connection connection) {
        return who != null && who.contains(connection.remoteAddress());
    }

    private static Resource refusal(String option) {
        return text(Status.FORBIDDEN, "not from your address; start the server with " + option + " RANGE to allow it");
    }

    private static Resource text(Status status, String line) {
        return new Resource.Document(status, "text/plain; charset=utf-8", NO_STORE, (line + "\n").getBytes(UTF_8));
    }
}
