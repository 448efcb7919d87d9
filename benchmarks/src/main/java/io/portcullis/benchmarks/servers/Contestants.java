// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All servers of the comparison. */
public final class Contestants {
    private static final List<Contestant> ALL = Stream.<List<? extends Contestant>>of(
                    PortcullisServers.contestants(),
                    NettyServers.contestants(),
                    TomcatServers.contestants(),
                    VertxServers.contestants(),
                    SmartSocketServers.contestants(),
                    TlsChannelServers.contestants(),
                    RawAioServers.contestants(),
                    VirtualThreadServers.contestants(),
                    NginxContestant.contestants())
            .<Contestant>flatMap(List::stream)
            .toList();

    private static final Pattern NAME = Pattern.compile("([^\\[]+)\\[(.*)]");

    /** A comma that is not part of an option such as {@code -Xlog:gc,safepoint}. */
    private static final Pattern NEXT_OPTION = Pattern.compile(",(?=-)");

    private Contestants() {}

    /**
     * Returns all servers, including those that cannot run on this machine.
     *
     * @return always in the same order
     */
    public static List<Contestant> all() {
        return ALL;
    }

    /**
     * Returns the server with the given name.
     *
     * @param name such as {@code netty-nio-jdk}
     * @return the server
     * @throws IllegalArgumentException if the name is unknown; the message lists the names
     */
    public static Contestant byName(String name) {
        return byName(ALL, name);
    }

    /**
     * Returns one of the given servers, without changes or with JVM options in brackets.
     *
     * @param known the servers
     * @param name such as {@code netty-nio-jdk}, or {@code netty-nio-jdk[-XX:+UseSerialGC,-Dkey=value]}
     * @return the server, under that name
     * @throws IllegalArgumentException if the name is unknown, or if the server does not accept the options; the
     *     message contains a remedy
     */
    public static Contestant byName(List<Contestant> known, String name) {
        Matcher parts = NAME.matcher(name);
        String plainName = parts.matches() ? parts.group(1) : name;
        Contestant server = known.stream()
                .filter(contestant -> contestant.name().equals(plainName))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no server '" + plainName + "'; there are "
                        + known.stream().map(Contestant::name).collect(Collectors.joining(", "))));
        return plainName.equals(name) ? server : tuned(server, parts.group(2));
    }

    private static Contestant tuned(Contestant server, String options) {
        if (!server.jvm()) {
            throw new IllegalArgumentException(server.name() + " is not a JVM, so it takes no options in brackets");
        }
        List<String> all = NEXT_OPTION.splitAsStream(options).toList();
        if (!all.stream().allMatch(option -> option.matches("-\\S+"))) {
            throw new IllegalArgumentException("'" + options + "' are not JVM options: write, for example, "
                    + server.name() + "[-XX:+UseSerialGC,-Dkey=value]");
        }
        return new TunedContestant(server, all);
    }
}
