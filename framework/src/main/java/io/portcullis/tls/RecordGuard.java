// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.records.Alert;
import io.portcullis.internal.records.RecordFormat;
import java.nio.ByteBuffer;

/**
 * What {@link TlsFilter} refuses by itself, whatever its engine would do: records whose header is none, a renegotiation
 * of TLS 1.2 (CVE-2011-1473), and floods.
 *
 * <p>A flood is more than {@value #QUIET_LIMIT} records that carry nothing for the application, and too little with
 * them that does: KeyUpdates, tickets, warnings, empty records, and ChangeCipherSpecs during the handshake. Each costs
 * the receiver work and the sender almost none. Data pays for them: {@value #BYTES_FOR_ONE} bytes for one,
 * {@value #RECORDS_FOR_ONE} records for one if these are small. So KeyUpdates and single bytes in turn are a flood,
 * too, and one KeyUpdate for each gigabyte, or for sixteen heartbeats, is none. Data that is sent pays as well, because
 * the peer of a long one-way transfer sends nothing but its answers to our KeyUpdates. It may pay in advance, for up to
 * {@value #MOST_PAID}: a JDK's peer whose key has reached its limit asks for another with each record that was under
 * way by then, megabytes of them in a fast transfer. Nor may a handshake come in more than {@value #HANDSHAKE_LIMIT}
 * records: engines copy with each one what has come of a message.
 */
final class RecordGuard {
    static final int QUIET_LIMIT = 32;
    static final int BYTES_FOR_ONE = 512;
    static final int RECORDS_FOR_ONE = 16;

    /**
     * So many full records are 16 MiB, more than a connection has under way unless its socket buffers were made larger.
     */
    static final int MOST_PAID = 1024;

    /** So many records are enough for any handshake, one of a few hundred bytes in records of one byte included. */
    static final int HANDSHAKE_LIMIT = 512;

    /** What the peer may send. */
    private enum Phase {
        /** It has sent nothing. */
        UNHEARD(RecordFormat.LONGEST),
        HANDSHAKE(RecordFormat.LONGEST),
        SECURED(RecordFormat.LONGEST),
        /** Up to TLS 1.2: it could ask for another handshake. */
        RENEGOTIABLE(RecordFormat.LONGEST),
        RENEGOTIABLE_CBC(RecordFormat.LONGEST_CBC);

        private final int longest;

        Phase(int longest) {
            this.longest = longest;
        }
    }

    private Phase phase = Phase.UNHEARD;

    /**
     * What is not paid for, in sixteenths of a record: {@value #RECORDS_FOR_ONE} for each that carries nothing.
     * Negative if data has paid in advance.
     */
    private int owed;

    private int handshakeRecords;

    /** Whether the engine has read a record. */
    boolean heard() {
        return phase != Phase.UNHEARD;
    }

    /** The longest fragment that is allowed now. */
    int longest() {
        return phase.longest;
    }

    /**
     * Checks as much of a header as there is.
     *
     * @param network bytes from the network; not consumed
     * @param spoken whether we have sent something
     * @return the size of the whole record with its header, or 0 if the header is not complete
     * @throws TlsException if the record is refused
     */
    int size(ByteBuffer network, boolean spoken) throws TlsException {
        if (phase == Phase.UNHEARD) {
            NotTls.check(network, spoken);
        }
        int size = RecordHeader.size(network, phase.longest);
        if (phase.compareTo(Phase.RENEGOTIABLE) >= 0
                && size > 0
                && RecordHeader.type(network) == RecordFormat.HANDSHAKE) {
            throw new TlsException(
                    HandshakeFailure.RENEGOTIATION,
                    Alert.UNEXPECTED_MESSAGE,
                    "the peer asked for a renegotiation, which is refused");
        }
        return size;
    }

    /** Before the handshake is over: whether the record at the buffer's position may be a part of it. */
    static boolean mayCarryHandshake(ByteBuffer record) {
        return !record.hasRemaining() || RecordHeader.type(record) >= RecordFormat.HANDSHAKE;
    }

    /**
     * A record was unwrapped, or a part of one.
     *
     * @param useful whether it may be a part of the handshake, or carried data that is still in the engine
     * @param data how many bytes it carried for the application
     * @throws TlsException if these are too many
     */
    void read(boolean useful, int data) throws TlsException {
        phase = phase == Phase.UNHEARD ? Phase.HANDSHAKE : phase;
        if (useful) {
            owed = Math.min(owed, 0);
        } else if (data > 0) {
            pay(data);
        } else {
            owed += RECORDS_FOR_ONE;
        }
        if (owed > QUIET_LIMIT * RECORDS_FOR_ONE) {
            throw flood(
                    "more than " + QUIET_LIMIT + " records carried no data, and too little came with them that did");
        }
        if (useful && phase == Phase.HANDSHAKE && ++handshakeRecords > HANDSHAKE_LIMIT) {
            throw flood("the handshake came in more than " + HANDSHAKE_LIMIT + " records");
        }
    }

    private static TlsException flood(String what) {
        return new TlsException(HandshakeFailure.RECORD_FLOOD, Alert.UNEXPECTED_MESSAGE, what);
    }

    /** A record with so many bytes of application data was wrapped, or unwrapped. */
    void pay(int data) {
        owed = Math.max(-MOST_PAID * RECORDS_FOR_ONE, owed - Math.max(1, data / (BYTES_FOR_ONE / RECORDS_FOR_ONE)));
    }

    /** The handshake is over. */
    void secured(TlsSession session) {
        if (session.protocol().equals("TLSv1.3")) {
            phase = Phase.SECURED;
        } else {
            phase = session.cipherSuite().contains("_CBC_") ? Phase.RENEGOTIABLE_CBC : Phase.RENEGOTIABLE;
        }
    }
}
