// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connect;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.dispatch.AdmissionLimit;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.internal.limit.Admission;
import io.portcullis.internal.wire.Connector;
import io.portcullis.proxy.ProxyHeader;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Connects, for one client or to the targets of one server's relays, and keeps track of the connects that have no
 * connection yet.
 */
public final class Dialer {
    private final Dialing common;
    private final Set<Connect> underWay = ConcurrentHashMap.newKeySet();
    private final Consumer<Connect> leave = underWay::remove;

    public Dialer(Endpoint endpoint, Connector connector, Dialing.Settings settings, AdmissionLimit limit) {
        this.common = new Dialing(endpoint, connector, settings, Admission.atOnce(endpoint.machine(), limit));
    }

    public CompletableFuture<Connection> connect(
            String host, int port, ConnectionHandler handler, @Nullable ProxyHeader header) {
        Objects.requireNonNull(host, "host");
        Objects.requireNonNull(handler, "handler");
        Endpoint endpoint = common.endpoint();
        Connect connect = new Connect(common, leave, host, port, handler, header);
        if (!endpoint.enter()) {
            connect.refuse();
            return connect.future();
        }
        try {
            underWay.add(connect);
            connect.begin();
        } catch (Throwable noMemory) {
            underWay.remove(connect);
            endpoint.leave();
            throw noMemory;
        }
        if (endpoint.closing()) {
            connect.shutDown();
        }
        return connect.future();
    }

    /** Returns how many connects have no connection yet. */
    public int underWay() {
        return underWay.size();
    }

    public Admission admission() {
        return common.admission();
    }

    /** Cancels all connects that have no connection yet. The endpoint must be closed. */
    public void close() {
        underWay.forEach(Connect::shutDown);
    }
}
