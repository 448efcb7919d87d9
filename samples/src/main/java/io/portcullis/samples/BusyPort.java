// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Map;
import java.util.Optional;

/** Finds out, after a server could not start, which of its ports was to blame. */
final class BusyPort {
    private BusyPort() {}

    /**
     * Tries the ports one by one.
     *
     * @param host the address
     * @param ports the port of each listener; 0 is passed over
     * @return the first that cannot be bound now, if any
     */
    static Optional<Map.Entry<ListenerKind, Integer>> find(InetAddress host, Map<ListenerKind, Integer> ports) {
        return ports.entrySet().stream()
                .filter(entry -> entry.getValue() != 0 && !canBind(host, entry.getValue()))
                .findFirst();
    }

    private static boolean canBind(InetAddress host, int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(host, port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
