// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

/** The limit of a server that refused a connection: see {@link ConnectionObserver#onRefused}. */
public enum ConnectionLimit {
    /** The server has reached its maximum number of connections. */
    CONNECTIONS,
    /** The client's address, or its /64 network (IPv6), has reached its maximum number of connections. */
    CONNECTIONS_OF_ADDRESS
}
