// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.nio.ByteBuffer;

/**
 * What {@link TlsFilter} refuses by itself, whatever its engine would do: records whose header is none, a renegotiation of
 * TLS 1.2 (CVE-2011-1473), and floods.
 *
 * <p>A flood is more than {@value #QUIET_LIMIT} records in a row that carry nothing for the application: KeyUpdates,
 * tickets, warnings, empty records, and ChangeCipherSpecs during the handshake. Each costs the receiver work and the sender
 * almost none. A record with data starts the count anew; a record that is sent takes one back, because the peer of a long
 * one-way transfer sends nothing but its answers to our KeyUpdates, and is no flood.
 */
final class RecordGuard {
    static final int QUIET_LIMIT = 32;

    private boolean heard;
    private boolean secured;
    private boolean renegotiable;
    private int longest = RecordHeader.LONGEST;
    private int quiet;

    /** Whether the engine has read a record. */
    boolean heard() {
        return heard;
    }

    /** The longest fragment that is allowed now. */
    int longest() {
        return longest;
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
        if (!heard) {
            RecordHeader.checkOpening(network, spoken);
        }
        int size = RecordHeader.size(network, longest);
        if (renegotiable && size > 0 && RecordHeader.type(network) == RecordHeader.HANDSHAKE) {
            throw new TlsException(
                    HandshakeFailure.RENEGOTIATION,
                    Alert.UNEXPECTED_MESSAGE,
                    "the peer asked for a renegotiation, which is refused");
        }
        return size;
    }

    /** Whether the record at the buffer's position may be a part of the handshake. */
    boolean mayCarryHandshake(ByteBuffer record) {
        return !secured && (!record.hasRemaining() || RecordHeader.type(record) >= RecordHeader.HANDSHAKE);
    }

    /**
     * A record was unwrapped, or a part of one.
     *
     * @param useful whether it carried data, or a part of the handshake
     * @throws TlsException if these are too many
     */
    void read(boolean useful) throws TlsException {
        heard = true;
        quiet = useful ? 0 : quiet + 1;
        if (quiet > QUIET_LIMIT) {
            throw new TlsException(
                    HandshakeFailure.RECORD_FLOOD,
                    Alert.UNEXPECTED_MESSAGE,
                    "more than " + QUIET_LIMIT + " records in a row carried no data");
        }
    }

    /** A record with application data was wrapped. */
    void written() {
        quiet = Math.max(0, quiet - 1);
    }

    /** The handshake is over. */
    void secured(TlsSession session) {
        heard = true;
        secured = true;
        renegotiable = !session.protocol().equals("TLSv1.3");
        if (renegotiable && session.cipherSuite().contains("_CBC_")) {
            longest = RecordHeader.LONGEST_CBC;
        }
    }
}
