// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import io.portcullis.benchmarks.report.Results.Pair;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The default pairs of the comparison: each server with those that do the same by the same means. */
final class Baselines {
    private static final String PLAIN = "netty-nio-plain";
    private static final String JDK = "netty-nio-jdk";
    private static final String BORINGSSL = "netty-epoll-tcnative";
    private static final String NGINX = "nginx-tls";

    private Baselines() {}

    /**
     * Compares all servers with one.
     *
     * @param servers their names
     * @param baseline one of them
     * @return a pair for each of the others
     */
    static List<Pair> against(List<String> servers, String baseline) {
        return servers.stream()
                .filter(server -> !server.equals(baseline))
                .map(server -> new Pair(server, baseline))
                .toList();
    }

    /**
     * Compares the servers of each class; one with JVM options of its own with the same server without them.
     *
     * @param servers their names
     * @return the pairs whose members are both among the servers
     */
    static List<Pair> byClass(List<String> servers) {
        Set<Pair> pairs = new LinkedHashSet<>();
        for (String server : servers) {
            String untuned = untuned(server);
            String options = server.substring(untuned.length());
            pairs.add(new Pair(server, untuned));
            String baseline = baselineOf(untuned);
            pairs.add(new Pair(server, servers.contains(baseline + options) ? baseline + options : baseline));
            if (server.equals("portcullis-boringssl")) {
                pairs.add(new Pair(server, NGINX));
            }
            if (server.equals("portcullis-jdk")) {
                servers.stream()
                        .filter(other -> other.startsWith("tomcat-") && !other.endsWith("-plain"))
                        .forEach(tomcat -> pairs.add(new Pair(server, tomcat)));
            }
        }
        List<Pair> possible = new ArrayList<>(pairs);
        possible.removeIf(
                pair -> !servers.contains(pair.baseline()) || pair.server().equals(pair.baseline()));
        return possible;
    }

    private static String untuned(String server) {
        int bracket = server.indexOf('[');
        return bracket < 0 ? server : server.substring(0, bracket);
    }

    private static String baselineOf(String server) {
        if (server.endsWith("-plain")) {
            return PLAIN;
        }
        boolean nativeTls = server.contains("boringssl")
                || server.contains("tcnative")
                || server.contains("conscrypt")
                || server.contains("openssl")
                || server.startsWith("nginx");
        return nativeTls ? BORINGSSL : JDK;
    }
}
