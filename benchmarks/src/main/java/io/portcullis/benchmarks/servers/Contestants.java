// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import java.util.List;
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

    private Contestants() {}

    /**
     * Every server, also those that are missing on this machine.
     *
     * @return always in the same order
     */
    public static List<Contestant> all() {
        return ALL;
    }

    /**
     * The server of that name.
     *
     * @param name such as {@code netty-nio-jdk}
     * @return the server
     * @throws IllegalArgumentException if there is none; the message lists the names
     */
    public static Contestant byName(String name) {
        return ALL.stream()
                .filter(contestant -> contestant.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no server '" + name + "'; there are "
                        + ALL.stream().map(Contestant::name).collect(Collectors.joining(", "))));
    }
}
