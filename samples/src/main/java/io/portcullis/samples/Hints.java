// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import io.portcullis.samples.http.Authority;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The commands to try against a running server. */
final class Hints {
    private Hints() {}

    /**
     * Returns commands for the open listeners.
     *
     * @param addresses of the listeners
     * @return one command per line
     */
    static List<String> commands(Map<ListenerKind, InetSocketAddress> addresses) {
        List<String> commands = new ArrayList<>();
        addresses.forEach((kind, address) -> {
            String at = Authority.of(reachable(address));
            switch (kind) {
                case PLAIN -> commands.add("curl http://" + at + "/");
                case TLS -> {
                    commands.add("curl -k https://" + at + "/");
                    commands.add("openssl s_client -connect " + at);
                }
                case MIXED -> {
                    commands.add("curl http://" + at + "/");
                    commands.add("curl -k https://" + at + "/");
                    commands.add("curl -k --tls-max 1.2 https://" + at + "/bytes/1000000 -o /dev/null");
                }
                case ECHO -> {
                    commands.add("printf 'hello\\n' | nc -N " + Authority.host(reachable(address)) + " "
                            + address.getPort());
                    commands.add("openssl s_client -quiet -connect " + at);
                }
                case OPERATIONS -> commands.add("curl http://" + at + "/metrics");
            }
        });
        return commands;
    }

    /** Returns the URL of the dashboard; empty if its listener is not open. */
    static Optional<String> dashboard(Map<ListenerKind, InetSocketAddress> addresses) {
        return Optional.ofNullable(addresses.get(ListenerKind.OPERATIONS))
                .map(address -> "http://" + Authority.of(reachable(address)) + "/dashboard");
    }

    /**
     * Returns the address that a client on this machine connects to: loopback for a listener on the wildcard address.
     */
    private static InetSocketAddress reachable(InetSocketAddress address) {
        InetAddress ip = address.getAddress();
        return ip != null && ip.isAnyLocalAddress()
                ? new InetSocketAddress(InetAddress.getLoopbackAddress(), address.getPort())
                : address;
    }
}
