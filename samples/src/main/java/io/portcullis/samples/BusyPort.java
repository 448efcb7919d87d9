// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Map;
import java.util.Optional;

/** Determines, after a server failed to start, which of its ports is in use. */
final class BusyPort {
    private BusyPort() {}

    /**
     * Tries the ports one by one.
     *
     * @param where the address of each listener; a port of 0 is skipped
     * @return the first listener whose port cannot be bound although another port of the same address can, if any
     */
    static Optional<Map.Entry<ListenerKind, InetSocketAddress>> find(Map<ListenerKind, InetSocketAddress> where) {
        return where.entrySet().stream()
                .filter(entry -> entry.getValue().getPort() != 0
                        && !canBind(entry.getValue())
                        && canBind(new InetSocketAddress(entry.getValue().getAddress(), 0)))
                .findFirst();
    }

    private static boolean canBind(InetSocketAddress address) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(address);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
