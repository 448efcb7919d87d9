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
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * The pages for operators: {@code /ready} for all clients, {@code /metrics} and {@code /dashboard} for permitted
 * addresses and only under names that cannot belong to another site ({@link Hosts}). They belong on a listener of their
 * own; public listeners get {@link #forEverybody()} only.
 */
public final class Operations implements Site, AutoCloseable {
    /** Forbids caching, MIME sniffing, and embedding by other sites. */
    private static final String FIELDS = """
            Cache-Control: no-store\r
            X-Content-Type-Options: nosniff\r
            Cross-Origin-Resource-Policy: same-origin\r
            """;

    private static final Resource READY = text(Status.OK, "ready");
    private static final Resource STARTING = text(Status.SERVICE_UNAVAILABLE, "starting");
    private static final Resource STOPPING = text(Status.SERVICE_UNAVAILABLE, "stopping");
    private static final Resource MISDIRECTED = text(
            Status.MISDIRECTED_REQUEST,
            "not served under this name; use an address, or start the server with --operations-name NAME to allow it");

    private final @Nullable TrustedPeers readers;
    private final @Nullable TrustedPeers viewers;
    private final Hosts hosts;
    private final @Nullable Meters meters;
    private final @Nullable Dashboard dashboard;
    private volatile Resource readiness = STARTING;

    /**
     * Creates the pages of a server that has not started.
     *
     * @param readers the clients that may read {@code /metrics}; null for none
     * @param viewers the clients that may see {@code /dashboard}; null for none. If both are null, nothing is measured
     * @param names host names under which the pages are served, besides {@code localhost} and addresses
     */
    public Operations(@Nullable TrustedPeers readers, @Nullable TrustedPeers viewers, Collection<String> names) {
        this.readers = readers;
        this.viewers = viewers;
        this.hosts = new Hosts(names);
        this.meters = readers == null && viewers == null ? null : new Meters();
        this.dashboard = meters == null || viewers == null ? null : new Dashboard(meters.registry());
    }

    /**
     * Returns the site for public listeners: it shows whether the server is ready and reveals nothing about any client.
     * Only its requests are measured.
     */
    public Site forEverybody() {
        return new Site() {
            @Override
            public @Nullable Resource find(String host, String path, Connection connection) {
                return path.equals("/ready") ? readiness : null;
            }

            @Override
            public boolean stopping() {
                return Operations.this.stopping();
            }

            @Override
            public void answered(long nanos) {
                if (dashboard != null) {
                    dashboard.answered(nanos);
                }
            }
        };
    }

    /**
     * Adds observers and meters to a server.
     *
     * @param server the builder of the server, before it starts
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
     * Called when the server has started: from now on {@code /ready} reports that.
     *
     * @param dispatcher the dispatcher whose meters to show
     * @param server the server whose certificates to show
     */
    public void started(Dispatcher dispatcher, Server server) {
        if (meters != null) {
            meters.started(dispatcher, server);
        }
        readiness = READY;
    }

    /**
     * Called before the server drains: {@code /ready} returns 503 from now on, and every response closes its
     * connection.
     */
    public void stop() {
        readiness = STOPPING;
    }

    @Override
    public boolean stopping() {
        return readiness.equals(STOPPING);
    }

    @Override
    public @Nullable Resource find(String host, String path, Connection connection) {
        if (path.equals("/ready")) {
            return readiness;
        }
        Resource found = path.equals("/metrics") ? metrics(connection) : dashboard(path, connection);
        return found == null || hosts.contains(host) ? found : MISDIRECTED;
    }

    private @Nullable Resource metrics(Connection connection) {
        if (meters == null || readers == null) {
            return null;
        }
        return contains(readers, connection) ? meters.text(FIELDS) : refusal("--metrics");
    }

    private @Nullable Resource dashboard(String path, Connection connection) {
        Resource found = dashboard == null || !path.startsWith(Dashboard.PATH) ? null : dashboard.find(path);
        return found == null || contains(viewers, connection) ? found : refusal("--dashboard");
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
        return text(
                Status.FORBIDDEN, "forbidden for your address; start the server with " + option + " RANGE to allow it");
    }

    private static Resource text(Status status, String line) {
        return new Resource.Document(status, "text/plain; charset=utf-8", FIELDS, (line + "\n").getBytes(UTF_8));
    }
}
