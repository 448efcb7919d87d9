// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Finds a port for servers that must be given one. */
public final class FreePort {
    private FreePort() {}

    /**
     * Returns a port that is currently free; another process may take it before it is used.
     *
     * @return a port on the loopback address
     * @throws IOException if there is none
     */
    public static int find() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
