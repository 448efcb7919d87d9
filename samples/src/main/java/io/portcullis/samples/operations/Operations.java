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
 * The pages for those who run the server: {@code /ready} for everybody, {@code /metrics} and {@code /dashboard} for the
 * addresses that may, and under names that cannot be somebody else's ({@link Hosts}). They belong on a listener of
 * their own; what the public ones have of them is {@link #forEverybody()}.
 */
public final class Operations implements Site, AutoCloseable {
    /** Neither kept, nor taken for something else, nor shown within a page of somebody else's. */
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
            "not under this name; ask for it by address, or start the server with --operations-name NAME to allow it");

    private final @Nullable TrustedPeers readers;
    private final @Nullable TrustedPeers viewers;
    private final Hosts hosts;
    private final @Nullable Meters meters;
    private final @Nullable Dashboard dashboard;
    private volatile Resource readiness = STARTING;

    /**
     * Pages of a server that has not started.
     *
     * @param readers who may read {@code /metrics}; null is nobody
     * @param viewers who may see {@code /dashboard}; null is nobody. If it is null as well nothing is measured
     * @param names under which they may be asked for, besides {@code localhost} and addresses
     */
    public Operations(@Nullable TrustedPeers readers, @Nullable TrustedPeers viewers, Collection<String> names) {
        this.readers = readers;
        this.viewers = viewers;
        this.hosts = new Hosts(names);
        this.meters = readers == null && viewers == null ? null : new Meters();
        this.dashboard = meters == null || viewers == null ? null : new Dashboard(meters.registry());
    }

    /**
     * What public listeners have: whether the server is ready, and nothing about anybody. Their requests are those that
     * are measured.
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
        return text(Status.FORBIDDEN, "not from your address; start the server with " + option + " RANGE to allow it");
    }

    private static Resource text(Status status, String line) {
        return new Resource.Document(status, "text/plain; charset=utf-8", FIELDS, (line + "\n").getBytes(UTF_8));
    }
}
