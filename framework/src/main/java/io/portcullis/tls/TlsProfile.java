// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

/** An immutable TLS configuration. */
public final class TlsProfile {
    private TlsProfile() {}

    /**
     * A filter for the server's side of a connection.
     *
     * @return a new filter
     */
    public Filter serverFilter() {
        throw new UnsupportedOperationException(toString());
    }

    /**
     * A filter for the client's side of a connection.
     *
     * @param host the server's name
     * @param port its port
     * @return a new filter
     */
    public Filter clientFilter(String host, int port) {
        throw new UnsupportedOperationException(this + host + port);
    }
}
