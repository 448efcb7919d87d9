// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The commands to try against a running server. */
final class Hints {
    private Hints() {}

    /**
     * Commands for the listeners that are open.
     *
     * @param addresses of the listeners
     * @return one command per line
     */
    static List<String> commands(Map<ListenerKind, InetSocketAddress> addresses) {
        List<String> commands = new ArrayList<>();
        addresses.forEach((kind, address) -> {
            String at = authority(address);
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
                    commands.add("printf 'hello\\n' | nc -N " + host(address) + " " + address.getPort());
                    commands.add("openssl s_client -quiet -connect " + at);
                }
            }
        });
        return commands;
    }

    /** An address as it stands in a URL: an IPv6 address in brackets, then the port. */
    static String authority(InetSocketAddress address) {
        String host = host(address);
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    private static String host(InetSocketAddress address) {
        InetAddress ip = address.getAddress();
        return ip == null ? address.getHostString() : ip.getHostAddress();
    }
}
