// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

/** Which limit of a server refused a connection: see {@link ConnectionObserver#onRefused}. */
public enum ConnectionLimit {
    /** The server has as many connections as it may. */
    CONNECTIONS,
    /** The client's address, or its /64 network (IPv6), has as many connections as one may. */
    CONNECTIONS_OF_ADDRESS
}
