// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.records.Alert;
import io.portcullis.internal.records.RecordFormat;
import java.nio.ByteBuffer;

/**
 * The checks that {@link TlsFilter} performs independently of its engine. It refuses invalid record headers,
 * renegotiation in TLS 1.2 (CVE-2011-1473), and floods.
 *
 * <p>A flood is more than {@value #QUIET_LIMIT} records without application data, in relation to those with data:
 * KeyUpdates, tickets, warnings, empty records, and ChangeCipherSpecs during the handshake. Each costs the receiver
 * work and the sender almost none. Data compensates for them: {@value #BYTES_FOR_ONE} bytes, or
 * {@value #RECORDS_FOR_ONE} records if these are small, for one record without data. Alternating KeyUpdates and single
 * bytes are therefore a flood, whereas one KeyUpdate for each gigabyte, or for sixteen heartbeats, is not. Sent data
 * counts as well, because the peer of a long one-way transfer sends nothing but its responses to our KeyUpdates. Data
 * compensates for up to {@value #MOST_PAID} later records: a peer with the JDK's engine whose key has reached its limit
 * requests another key with each record that was in transit, which can be megabytes of them. Nor may a handshake take
 * more than {@value #HANDSHAKE_LIMIT} records, because engines copy the received part of a message with each of them.
 */
final class RecordGuard {
    static final int QUIET_LIMIT = 32;
    static final int BYTES_FOR_ONE = 512;
    static final int RECORDS_FOR_ONE = 16;

    /**
     * This many full records are 16 MiB, more than a connection has in transit unless its socket buffers were enlarged.
     */
    static final int MOST_PAID = 1024;

    /** Sufficient for any handshake, including one of a few hundred bytes in records of one byte. */
    static final int HANDSHAKE_LIMIT = 512;

    /** What the peer is allowed to send. */
    private enum Phase {
        /** Nothing was received. */
        INITIAL(RecordFormat.LONGEST),
        HANDSHAKE(RecordFormat.LONGEST),
        SECURED(RecordFormat.LONGEST),
        /** Up to TLS 1.2: the peer could request a renegotiation. */
        RENEGOTIABLE(RecordFormat.LONGEST),
        RENEGOTIABLE_CBC(RecordFormat.LONGEST_CBC);

        private final int longest;

        Phase(int longest) {
            this.longest = longest;
        }
    }

    private Phase phase = Phase.INITIAL;

    /**
     * The uncompensated records without data, in sixteenths of a record: each counts {@value #RECORDS_FOR_ONE}.
     * Negative if data compensates for later ones.
     */
    private int owed;

    private int handshakeRecords;

    /** Returns whether the engine has read a record. */
    boolean hasRead() {
        return phase != Phase.INITIAL;
    }

    /** Returns the maximum length of a fragment in the current phase. */
    int longest() {
        return phase.longest;
    }

    /**
     * Checks a header, as far as it has been received.
     *
     * @param network bytes from the network; not consumed
     * @param hasSent whether this side has sent anything
     * @return the size of the whole record including its header, or 0 if the header is incomplete
     * @throws TlsException if the record is refused
     */
    int size(ByteBuffer network, boolean hasSent) throws TlsException {
        if (phase == Phase.INITIAL) {
            NotTls.check(network, hasSent);
        }
        int size = RecordHeader.size(network, phase.longest);
        if (phase.compareTo(Phase.RENEGOTIABLE) >= 0
                && size > 0
                && RecordHeader.type(network) == RecordFormat.HANDSHAKE) {
            throw new TlsException(
                    HandshakeFailure.RENEGOTIATION,
                    Alert.UNEXPECTED_MESSAGE,
                    "the peer requested a renegotiation, which is refused");
        }
        return size;
    }

    /** Returns whether the record at the buffer's position may belong to the handshake, while that is in progress. */
    static boolean mayCarryHandshake(ByteBuffer record) {
        return !record.hasRemaining() || RecordHeader.type(record) >= RecordFormat.HANDSHAKE;
    }

    /**
     * Counts a record that was unwrapped completely or partially.
     *
     * @param useful whether it may belong to the handshake, or carried data that is still in the engine
     * @param data the number of application bytes in it
     * @throws TlsException if there are too many records without data
     */
    void read(boolean useful, int data) throws TlsException {
        phase = phase == Phase.INITIAL ? Phase.HANDSHAKE : phase;
        if (useful) {
            owed = Math.min(owed, 0);
        } else if (data > 0) {
            pay(data);
        } else {
            owed += RECORDS_FOR_ONE;
        }
        if (owed > QUIET_LIMIT * RECORDS_FOR_ONE) {
            throw flood("more than " + QUIET_LIMIT + " records carried no data, with too little data in others");
        }
        if (useful && phase == Phase.HANDSHAKE && ++handshakeRecords > HANDSHAKE_LIMIT) {
            throw flood("the handshake took more than " + HANDSHAKE_LIMIT + " records");
        }
    }

    private static TlsException flood(String what) {
        return new TlsException(HandshakeFailure.RECORD_FLOOD, Alert.UNEXPECTED_MESSAGE, what);
    }

    /** Counts the application bytes of a record that was wrapped or unwrapped. */
    void pay(int data) {
        owed = Math.max(-MOST_PAID * RECORDS_FOR_ONE, owed - Math.max(1, data / (BYTES_FOR_ONE / RECORDS_FOR_ONE)));
    }

    /** Records that the handshake is complete. */
    void secured(TlsSession session) {
        if (session.protocol().equals("TLSv1.3")) {
            phase = Phase.SECURED;
        } else {
            phase = session.cipherSuite().contains("_CBC_") ? Phase.RENEGOTIABLE_CBC : Phase.RENEGOTIABLE;
        }
    }
}
