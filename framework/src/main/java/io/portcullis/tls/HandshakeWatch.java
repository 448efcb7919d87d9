// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.states.Transitions;
import java.nio.ByteBuffer;
import java.util.EnumSet;

/**
 * What {@link TlsFilter} sees of a handshake from without, whatever its engine tells: which side this is, what it has
 * said, what the peer has said in the clear. When the handshake is over, only the side is left of it.
 */
final class HandshakeWatch {
    /**
     * Which one this is of the two, by who speaks first.
     *
     * <pre>
     *   UNKNOWN -- we speak first -----> CLIENT
     *      +------ the peer does ------> SERVER
     * </pre>
     */
    enum Side {
        UNKNOWN,
        CLIENT,
        SERVER
    }

    /**
     * What this side has said last.
     *
     * <pre>
     *   NOTHING -----> RECORDS -----> FATAL_ALERT
     *      |              ^               ^   |
     *      |              +-- goes on ----|---+
     *      +------------------------------+
     * </pre>
     */
    enum Said {
        NOTHING,
        RECORDS,
        /** The engine has told the peer that it has failed, which some do before they throw. */
        FATAL_ALERT
    }

    static final Transitions<Side> SIDES =
            new Transitions<>(Side.class).allow(Side.UNKNOWN, EnumSet.of(Side.CLIENT, Side.SERVER));

    static final Transitions<Said> SAYINGS = new Transitions<>(Said.class)
            .allow(Said.NOTHING, EnumSet.of(Said.RECORDS, Said.FATAL_ALERT))
            .allow(Said.RECORDS, EnumSet.of(Said.FATAL_ALERT))
            .allow(Said.FATAL_ALERT, EnumSet.of(Said.RECORDS));

    /** Of every connection whose handshake is over: they do not look any more. */
    private static final HandshakeWatch OVER_AT_SERVER = over(Side.SERVER);

    private static final HandshakeWatch OVER_AT_CLIENT = over(Side.CLIENT);

    private final ServerFlight flight = new ServerFlight();
    private final FirstMessage first = new FirstMessage();
    private Side side = Side.UNKNOWN;
    private Said said = Said.NOTHING;
    private int bareAlert = RecordHeader.NO_ALERT;
    private boolean echoed;

    private static HandshakeWatch over(Side side) {
        HandshakeWatch watch = new HandshakeWatch();
        watch.side = side;
        watch.said = Said.RECORDS;
        return watch;
    }

    /** What is left of it when the handshake is over; nothing may be told to that. */
    HandshakeWatch over() {
        return atServer() ? OVER_AT_SERVER : OVER_AT_CLIENT;
    }

    private void become(Side next) {
        side = SIDES.follow(side, next);
    }

    private void become(Said next) {
        said = SAYINGS.follow(said, next);
    }

    /** Whether this side is the server: it was the other one that spoke first. */
    boolean atServer() {
        return side == Side.SERVER;
    }

    /** Whether this side has said something. */
    boolean spoken() {
        return said != Said.NOTHING;
    }

    /** Whether the last that this side has said is a fatal alert: nothing need be said behind it. */
    boolean alerted() {
        return said == Said.FATAL_ALERT;
    }

    /**
     * The fatal alert that the peer has sent during the handshake, if it was not encrypted, or
     * {@link RecordHeader#NO_ALERT}.
     */
    int bareAlert() {
        return bareAlert;
    }

    /** Whether this client was answered by a ClientHello: by its own, mostly. */
    boolean echoed() {
        return echoed;
    }

    /** Whether there is something to compute: see {@link Filter#computes}. */
    boolean computes(ByteBuffer network) {
        return first.completedBy(network);
    }

    /** A record of the peer is about to be read; its buffer is left as it is. */
    void heard(ByteBuffer record) {
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
     * A record of the peer, or a part of one, was read.
     *
     * @param network the record's buffer
     * @param from where the record begins in it
     * @param size of what was read
     */
    void read(ByteBuffer network, int from, int size) {
        first.read(network, from, size);
    }

    /** This side has written what lies in the buffer between that position and the buffer's own. */
    void said(ByteBuffer network, int from) {
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
        Said last = RecordHeader.endWithAlert(records) ? Said.FATAL_ALERT : Said.RECORDS;
        if (last != said) {
            become(last);
        }
    }

    /** Completes what an engine tells of the session. */
    TlsSession complete(TlsSession told) {
        return flight.complete(told);
    }
}
