// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import io.portcullis.benchmarks.load.Demand.Group;
import io.portcullis.benchmarks.load.Demand.Pattern;
import io.portcullis.benchmarks.report.Results.WorkloadInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The workloads by name: a family such as {@code W1}, a member such as {@code W1-64}, or one with another number. */
final class Workloads {
    private static final Map<String, List<String>> FAMILIES = new LinkedHashMap<>();
    private static final String EC = "ec";
    private static final int HANDSHAKES_AT_ONCE = 16;
    private static final int PACED_CONNECTIONS = 64;
    private static final int BULK_CONNECTIONS = 16;

    static {
        FAMILIES.put("W1", List.of("64", "512"));
        FAMILIES.put("W2", List.of("full-ec", "resumed", "full-rsa"));
        FAMILIES.put("W3", List.of());
        FAMILIES.put("W4", List.of("5000", "10000"));
        FAMILIES.put("W5", List.of("10000"));
        FAMILIES.put("W6", List.of("64", "512", "2000", "10000"));
    }

    /** Options that change the members of a family. */
    private final Optional<Integer> connections;

    private final Optional<Integer> rate;

    Workloads(Optional<Integer> connections, Optional<Integer> rate) {
        this.connections = connections;
        this.rate = rate;
    }

    /**
     * Returns the workloads of the given names.
     *
     * @param names names of families or members
     * @return in that order, without duplicates
     * @throws IllegalArgumentException if a name is unknown; the message lists the known names
     */
    List<Workload> named(List<String> names) {
        Map<String, Workload> found = new LinkedHashMap<>();
        for (String name : names) {
            for (String member : members(name)) {
                Workload workload = member(member);
                found.putIfAbsent(workload.name(), workload);
            }
        }
        return new ArrayList<>(found.values());
    }

    /**
     * Returns a workload with a different number of connections.
     *
     * @param workload a workload with a number of connections in its name
     * @param connections the new number
     * @return the member of the same family with that number, under a new name
     */
    static Workload withConnections(Workload workload, int connections) {
        return member(workload.name().split("-", 2)[0] + "-" + connections);
    }

    private List<String> members(String name) {
        List<String> suffixes = FAMILIES.get(name);
        if (suffixes == null) {
            return List.of(name);
        }
        Optional<Integer> number = switch (name) {
            case "W1", "W3", "W4" -> connections;
            case "W5" -> rate;
            default -> Optional.empty();
        };
        return number.map(given -> List.of(name + "-" + given))
                .orElseGet(() -> suffixes.isEmpty()
                        ? List.of(name)
                        : suffixes.stream().map(suffix -> name + "-" + suffix).toList());
    }

    private static Workload member(String name) {
        String[] parts = name.split("-", 2);
        if (parts.length == 2 && parts[1].matches("[1-9][0-9]{0,5}")) {
            int number = Integer.parseInt(parts[1]);
            return switch (parts[0]) {
                case "W1", "W6" -> requests(name, number);
                case "W3" -> bulk(name, number);
                case "W4" -> memory(name, number);
                case "W5" -> paced(name, number);
                default -> throw unknown(name);
            };
        }
        return switch (name) {
            case "W3" -> bulk(name, BULK_CONNECTIONS);
            case "W2-full-ec" ->
                handshakes(name, EC, Pattern.FULL_HANDSHAKE, Group.X25519, "full handshakes, ECDSA P-256, X25519");
            case "W2-full-rsa" ->
                handshakes(name, "rsa", Pattern.FULL_HANDSHAKE, Group.X25519, "full handshakes, RSA-2048, X25519");
            case "W2-full-p256" ->
                handshakes(
                        name,
                        EC,
                        Pattern.FULL_HANDSHAKE,
                        Group.P256,
                        "full handshakes, ECDSA P-256, key share P-256 only");
            case "W2-resumed" ->
                handshakes(
                        name,
                        EC,
                        Pattern.RESUMED_HANDSHAKE,
                        Group.X25519,
                        "resumed handshakes, psk_dhe_ke with X25519");
            default -> throw unknown(name);
        };
    }

    private static Workload requests(String name, int connections) {
        WorkloadInfo info = new WorkloadInfo(
                name,
                "small keep-alive requests, " + connections + " connections",
                "us of server CPU per request",
                "requests/s");
        return new Workload(info, EC, Pattern.KEEP_ALIVE, connections, "/", Group.X25519, 0, false);
    }

    private static Workload bulk(String name, int connections) {
        WorkloadInfo info = new WorkloadInfo(
                name, "responses of 1 MiB, " + connections + " connections", "us of server CPU per MiB", "MiB/s");
        return new Workload(info, EC, Pattern.KEEP_ALIVE, connections, "/1m", Group.X25519, 0, false);
    }

    private static Workload paced(String name, int rate) {
        WorkloadInfo info = new WorkloadInfo(
                name,
                "open loop of " + rate + " requests/s over " + PACED_CONNECTIONS + " connections",
                "us of server CPU per request",
                "requests/s");
        return new Workload(info, EC, Pattern.PACED, PACED_CONNECTIONS, "/", Group.X25519, rate, false);
    }

    private static Workload memory(String name, int connections) {
        WorkloadInfo info = new WorkloadInfo(
                name, connections + " idle TLS connections", "KiB of server memory per connection", "");
        return new Workload(info, EC, Pattern.KEEP_ALIVE, connections, "/", Group.X25519, 0, true);
    }

    private static Workload handshakes(String name, String certificate, Pattern pattern, Group group, String what) {
        WorkloadInfo info = new WorkloadInfo(
                name,
                what + ", one request each, " + HANDSHAKES_AT_ONCE + " at once",
                "us of server CPU per connection",
                "connections/s");
        return new Workload(info, certificate, pattern, HANDSHAKES_AT_ONCE, "/", group, 0, false);
    }

    private static IllegalArgumentException unknown(String name) {
        String known = FAMILIES.entrySet().stream()
                .map(family -> family.getValue().isEmpty()
                        ? family.getKey()
                        : family.getValue().stream()
                                .map(suffix -> family.getKey() + "-" + suffix)
                                .collect(Collectors.joining(", ", family.getKey() + " (", ")")))
                .collect(Collectors.joining(", "));
        return new IllegalArgumentException("there is no workload '" + name + "'; there are " + known
                + ", W2-full-p256; other numbers are possible, too, such as W1-2000");
    }
}
