// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The command-line options for listeners. A port of 0 selects any free port. */
final class PortOptions {
    private static final int MAX_PORT = 65_535;

    @Option(names = "--plain", paramLabel = "PORT", description = "HTTP on plain connections.")
    @Nullable
    Integer plain;

    @Option(names = "--tls", paramLabel = "PORT", description = "HTTP on TLS connections.")
    @Nullable
    Integer tls;

    @Option(
            names = "--mixed",
            paramLabel = "PORT",
            description = "HTTP on plain and TLS connections, detected from their first bytes.")
    @Nullable
    Integer mixed;

    @Option(
            names = "--echo",
            paramLabel = "PORT",
            description = "Echo on plain and TLS connections, detected from their first bytes.")
    @Nullable
    Integer echo;

    @Option(
            names = "--operations",
            paramLabel = "PORT",
            description =
                    "Operations on plain and TLS connections: /metrics and /dashboard, which no other listener serves.")
    @Nullable
    Integer operations;

    /**
     * Returns the listeners to open: those named, or all five on their default ports if none is named.
     *
     * @return the port of each, in the order of the kinds
     * @throws IllegalArgumentException if a number is not a port, or if two listeners have the same port
     */
    Map<ListenerKind, Integer> ports() {
        Map<ListenerKind, Integer> ports = new EnumMap<>(ListenerKind.class);
        Set<Integer> taken = new HashSet<>();
        for (ListenerKind kind : ListenerKind.values()) {
            Integer port = named(kind);
            if (port == null) {
                continue;
            }
            if (port < 0 || port > MAX_PORT) {
                throw new IllegalArgumentException(
                        "--" + kind.label() + " " + port + " is not a port; write 0 (any free port) to " + MAX_PORT);
            }
            if (port != 0 && !taken.add(port)) {
                throw new IllegalArgumentException("port " + port
                        + " is used twice; each listener needs its own (--mixed PORT has plain and TLS on one port)");
            }
            ports.put(kind, port);
        }
        if (ports.isEmpty()) {
            for (ListenerKind kind : ListenerKind.values()) {
                ports.put(kind, kind.defaultPort());
            }
        }
        return ports;
    }

    private @Nullable Integer named(ListenerKind kind) {
        return switch (kind) {
            case PLAIN -> plain;
            case TLS -> tls;
            case MIXED -> mixed;
            case ECHO -> echo;
            case OPERATIONS -> operations;
        };
    }
}
