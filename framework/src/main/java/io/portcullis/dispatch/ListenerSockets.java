// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.internal.wire.SocketOptions;

/**
 * The socket settings of a listener. Immutable.
 *
 * @param listeners options of the listening socket
 * @param connections options of the sockets that it accepts
 * @param backlog how many connections may wait to be accepted; 0 if not set
 */
record ListenerSockets(SocketOptions listeners, SocketOptions connections, int backlog) {
    /** Nothing is set. */
    static final ListenerSockets UNCHANGED = new ListenerSockets(SocketOptions.none(), SocketOptions.none(), 0);

    /** The default settings. */
    static final ListenerSockets DEFAULT = new ListenerSockets(SocketOptions.LISTENER, SocketOptions.CONNECTION, 4096);

    ListenerSockets withListeners(SocketOptions others) {
        return new ListenerSockets(listeners.overriddenBy(others), connections, backlog);
    }

    ListenerSockets withConnections(SocketOptions others) {
        return new ListenerSockets(listeners, connections.overriddenBy(others), backlog);
    }

    ListenerSockets withBacklog(int most) {
        if (most < 1) {
            throw new IllegalArgumentException("backlog must be at least 1, not " + most);
        }
        return new ListenerSockets(listeners, connections, most);
    }

    ListenerSockets overriddenBy(ListenerSockets others) {
        ListenerSockets all = withListeners(others.listeners).withConnections(others.connections);
        return others.backlog == 0 ? all : all.withBacklog(others.backlog);
    }
}
