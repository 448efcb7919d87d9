// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.states.Transitions;
import java.nio.ByteBuffer;
import java.util.EnumSet;

/**
 * Observes the records of a handshake independently of the engine: which side this is, what it has sent, and what the
 * peer has sent unencrypted. After the handshake, only the side is known.
 */
final class HandshakeWatch {
    /**
     * The side of the connection, determined by which peer sends first.
     *
     * <pre>
     *   UNKNOWN -- we send first ------> CLIENT
     *      +------ the peer does ------> SERVER
     * </pre>
     */
    enum Side {
        UNKNOWN,
        CLIENT,
        SERVER
    }

    /**
     * What this side has sent last.
     *
     * <pre>
     *   NOTHING -----> RECORDS -----> FATAL_ALERT
     *      |              ^               ^   |
     *      |              +-- goes on ----|---+
     *      +------------------------------+
     * </pre>
     */
    enum Sent {
        NOTHING,
        RECORDS,
        /** The engine has sent a fatal alert, which some do before they throw. */
        FATAL_ALERT
    }

    static final Transitions<Side> SIDES =
            new Transitions<>(Side.class).allow(Side.UNKNOWN, EnumSet.of(Side.CLIENT, Side.SERVER));

    static final Transitions<Sent> SENDINGS = new Transitions<>(Sent.class)
            .allow(Sent.NOTHING, EnumSet.of(Sent.RECORDS, Sent.FATAL_ALERT))
            .allow(Sent.RECORDS, EnumSet.of(Sent.FATAL_ALERT))
            .allow(Sent.FATAL_ALERT, EnumSet.of(Sent.RECORDS));

    /** Shared by all connections whose handshake is complete, for which nothing is observed any more. */
    private static final HandshakeWatch OVER_AT_SERVER = over(Side.SERVER);

    private static final HandshakeWatch OVER_AT_CLIENT = over(Side.CLIENT);

    private final ServerFlight flight = new ServerFlight();
    private final FirstMessage first = new FirstMessage();
    private Side side = Side.UNKNOWN;
    private Sent sent = Sent.NOTHING;
    private int bareAlert = RecordHeader.NO_ALERT;
    private boolean echoed;

    private static HandshakeWatch over(Side side) {
        HandshakeWatch watch = new HandshakeWatch();
        watch.side = side;
        watch.sent = Sent.RECORDS;
        return watch;
    }

    /** Returns the shared instance for the time after the handshake; it must not observe anything. */
    HandshakeWatch over() {
        return atServer() ? OVER_AT_SERVER : OVER_AT_CLIENT;
    }

    private void become(Side next) {
        side = SIDES.follow(side, next);
    }

    private void become(Sent next) {
        sent = SENDINGS.follow(sent, next);
    }

    /** Returns whether this side is the server, because the peer sent first. */
    boolean atServer() {
        return side == Side.SERVER;
    }

    /** Returns whether this side has sent anything. */
    boolean hasSent() {
        return sent != Sent.NOTHING;
    }

    /** Returns whether this side has sent a fatal alert last, so that none need be sent any more. */
    boolean alerted() {
        return sent == Sent.FATAL_ALERT;
    }

    /**
     * Returns the number of the fatal alert that the peer has sent unencrypted during the handshake, or
     * {@link RecordHeader#NO_ALERT}.
     */
    int bareAlert() {
        return bareAlert;
    }

    /** Returns whether this client has received a ClientHello, probably its own. */
    boolean echoed() {
        return echoed;
    }

    /** Returns whether there is something to compute: see {@link Filter#computes}. */
    boolean computes(ByteBuffer network) {
        return first.completedBy(network);
    }

    /** Observes a record of the peer before it is read; the buffer is not changed. */
    void received(ByteBuffer record) {
        bareAlert = Math.max(bareAlert, RecordHeader.bareAlert(record));
        if (side == Side.UNKNOWN) {
            become(Side.SERVER);
        }
        if (side == Side.CLIENT && !flight.isOver()) {
            echoed |= RecordHeader.isClientHello(record);
            flight.look(record.duplicate());
        }
    }

    /**
     * Observes a record of the peer, or a part of one, that was read.
     *
     * @param network the record's buffer
     * @param from where the record begins in the buffer
     * @param size the number of bytes read
     */
    void read(ByteBuffer network, int from, int size) {
        first.read(network, from, size);
    }

    /** Observes what this side has written to the buffer from the given index to the buffer's position. */
    void sent(ByteBuffer network, int from) {
        if (network.position() == from) {
            return;
        }
        if (side == Side.UNKNOWN) {
            become(Side.CLIENT);
        }
        ByteBuffer records = network.duplicate().flip().position(from);
        if (side == Side.SERVER) {
            flight.look(records.duplicate());
        }
        Sent last = RecordHeader.endWithAlert(records) ? Sent.FATAL_ALERT : Sent.RECORDS;
        if (last != sent) {
            become(last);
        }
    }

    /** Adds the observed facts to the engine's session. */
    TlsSession complete(TlsSession session) {
        return flight.complete(session);
    }
}
