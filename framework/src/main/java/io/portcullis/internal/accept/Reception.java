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
 * Takes the connections of a server in, about which a gate decides; and connects to where they are passed on. From any
 * thread.
 */
public final class Reception {
    private final Endpoint endpoint;
    private final Dialer relays;

    /**
     * That of a server.
     *
     * @param connector connects to where connections are passed on
     */
    public Reception(Endpoint endpoint, Connector connector) {
        this.endpoint = endpoint;
        this.relays =
                new Dialer(endpoint, connector, Dialing.Settings.relays(endpoint.settings()), AdmissionLimit.none());
    }

    public Endpoint endpoint() {
        return endpoint;
    }

    /** Connects to where connections are passed on. */
    public Dialer relays() {
        return relays;
    }

    /** Starts a connection; on a closed endpoint, or one that drains, it is closed instead, and false returned. */
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
