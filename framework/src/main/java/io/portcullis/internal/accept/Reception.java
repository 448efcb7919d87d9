// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.accept;

import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.dispatch.AdmissionLimit;
import io.portcullis.internal.connect.Dialer;
import io.portcullis.internal.connect.Dialing;
import io.portcullis.internal.connection.SocketConnection;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.internal.gate.Gatekeeper;
import io.portcullis.internal.wire.Connector;
import io.portcullis.internal.wire.Wire;

/**
 * Starts the connections of a server, about which a gate decides, and connects to the servers to which they are
 * relayed. Thread-safe.
 */
public final class Reception {
    private final Endpoint endpoint;
    private final Dialer relays;

    /**
     * Creates the reception of a server.
     *
     * @param connector connects to the targets of relayed connections
     */
    public Reception(Endpoint endpoint, Connector connector) {
        this.endpoint = endpoint;
        this.relays =
                new Dialer(endpoint, connector, Dialing.Settings.relays(endpoint.settings()), AdmissionLimit.none());
    }

    public Endpoint endpoint() {
        return endpoint;
    }

    /** Returns the dialer that connects to the targets of relayed connections. */
    public Dialer relays() {
        return relays;
    }

    /** Starts a connection. If the endpoint is closed or drains, closes the connection instead and returns false. */
    public boolean start(Wire wire, Gate gate, ConnectionHandler handler) {
        if (endpoint.draining() || !endpoint.enter()) {
            wire.transport().close();
            return false;
        }
        SocketConnection connection;
        try {
            Gatekeeper keeper = new Gatekeeper(endpoint, relays, gate, wire);
            connection = endpoint.connection(wire, keeper.open(), keeper, handler);
            keeper.attach(connection);
            endpoint.add(connection);
        } catch (Throwable notStarted) {
            endpoint.leave();
            throw notStarted;
        }
        if (wire.listener() != null) {
            wire.listener().entered();
        }
        var unused = endpoint.begin(connection);
        return true;
    }
}
