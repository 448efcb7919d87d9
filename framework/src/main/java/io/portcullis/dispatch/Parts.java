// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.Connection;
import org.jspecify.annotations.Nullable;

/**
 * What a connection is made of: its passive parts, that know nothing of each other, for those that drive them. On the strand, but
 * for what they say themselves.
 */
final class Parts {
    /** As those know it who are told of it. */
    final Connection connection;

    final Home home;
    final Transport transport;

    /** Whether this side is the server's. */
    final boolean server;

    final Strand strand;
    final Requests requests;
    final Counters counters = new Counters();
    final Life life = new Life();
    final Opening opening;
    final Input input;
    final Output output;

    /**
     * Those of a connection that has not begun.
     *
     * @param connection as those know it who are told of it
     * @param gate what decides about its filters, or null if that is decided
     */
    Parts(Connection connection, Home home, Wire wire, Strand strand, Opening.@Nullable Gate gate) {
        this.connection = connection;
        this.home = home;
        this.strand = strand;
        transport = wire.transport();
        server = wire.host() == null;
        requests = new Requests(strand);
        opening = new Opening(home, strand, gate);
        input = new Input(strand, home.machine());
        output = new Output(strand, home.machine(), counters);
    }
}
