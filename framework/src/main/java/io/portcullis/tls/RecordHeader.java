// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.internal.records.Alert;
import io.portcullis.internal.records.RecordFormat;
import java.nio.ByteBuffer;

/**
 * The header of a TLS record, its first five bytes (RFC 8446, 5.1). It is checked before the engine sees any byte of
 * the record, so that invalid data neither waits for more nor reaches native code.
 */
final class RecordHeader {
    /** Not the number of an alert. */
    static final int NO_ALERT = -1;

    private static final int BARE_ALERT = 2;

    /** Including its type and the authentication tag of TLS 1.3 (RFC 8446, 5.2). */
    private static final int ENCRYPTED_ALERT = BARE_ALERT + 1 + 16;

    private static final int PADDING_OF_THE_JDK = 16;

    private static final int FATAL = 2;
    private static final int CLOSE_NOTIFY = 0;
    private static final int CLIENT_HELLO = 1;

    private RecordHeader() {}

    static boolean isContentType(int type) {
        return type >= RecordFormat.CHANGE_CIPHER_SPEC && type <= RecordFormat.APPLICATION_DATA;
    }

    /** Returns the content type of the record at the buffer's position, which must hold at least one byte. */
    static int type(ByteBuffer network) {
        return network.get(network.position()) & 0xff;
    }

    /**
     * Checks a header, as far as it has been received.
     *
     * @param network bytes from the network; not consumed
     * @param longest the maximum length of the fragment
     * @return the size of the whole record including its header, or 0 if the header is incomplete
     * @throws TlsException if no record can begin like this
     */
    static int size(ByteBuffer network, int longest) throws TlsException {
        int remaining = network.remaining();
        if (remaining == 0) {
            return 0;
        }
        if (!isContentType(type(network))) {
            throw bad(Alert.UNEXPECTED_MESSAGE, "its content type is unknown", network);
        }
        int position = network.position();
        if (remaining > 1 && network.get(position + 1) != RecordFormat.MAJOR_VERSION) {
            throw bad(Alert.PROTOCOL_VERSION, "its version is not one of TLS", network);
        }
        if (remaining < RecordFormat.LENGTH) {
            return 0;
        }
        int length = (network.get(position + 3) & 0xff) << 8 | (network.get(position + 4) & 0xff);
        if (length == 0) {
            throw bad(Alert.UNEXPECTED_MESSAGE, "its length is 0", network);
        }
        if (length > longest) {
            throw bad(Alert.RECORD_OVERFLOW, "its length " + length + " exceeds " + longest, network);
        }
        return RecordFormat.LENGTH + length;
    }

    /**
     * Returns whether the received bytes may be a single alert: by the type, or in TLS 1.3, where the type is
     * encrypted, by the length, without padding or with that of the JDK.
     *
     * @param network bytes from the network; not consumed
     */
    static boolean mayBeLastAlert(ByteBuffer network) {
        int remaining = network.remaining();
        if (remaining <= RecordFormat.LENGTH
                || remaining != RecordFormat.LENGTH + (network.getShort(network.position() + 3) & 0xffff)) {
            return false;
        }
        int length = remaining - RecordFormat.LENGTH;
        return type(network) == RecordFormat.ALERT
                || length == ENCRYPTED_ALERT
                || length == ENCRYPTED_ALERT + PADDING_OF_THE_JDK;
    }

    /**
     * Returns the number of an unencrypted alert that ends the handshake: a fatal one, or close_notify (RFC 8446, 6).
     * Engines that expect an encrypted alert do not understand it, but a TLS 1.3 client that refuses the server's
     * messages may not have switched to its keys yet; this is the case with OpenSSL.
     *
     * @param record a whole record; not consumed
     * @return the number, or {@link #NO_ALERT} for other records
     */
    static int bareAlert(ByteBuffer record) {
        int position = record.position();
        boolean bare = record.remaining() == RecordFormat.LENGTH + BARE_ALERT
                && type(record) == RecordFormat.ALERT
                && record.getShort(position + 3) == BARE_ALERT;
        int number = bare ? record.get(position + RecordFormat.LENGTH + 1) & 0xff : NO_ALERT;
        return number == CLOSE_NOTIFY || (bare && record.get(position + RecordFormat.LENGTH) == FATAL)
                ? number
                : NO_ALERT;
    }

    /**
     * Returns whether the last of these records is an alert other than a warning, as far as can be determined: TLS 1.3
     * encrypts types.
     *
     * @param records whole records; consumed
     */
    static boolean endWithAlert(ByteBuffer records) {
        boolean alert = false;
        while (records.remaining() > RecordFormat.LENGTH) {
            int position = records.position();
            int length = records.getShort(position + 3) & 0xffff;
            alert = type(records) == RecordFormat.ALERT
                    && (length != BARE_ALERT || records.get(position + RecordFormat.LENGTH) == FATAL);
            records.position(Math.min(records.limit(), position + RecordFormat.LENGTH + length));
        }
        return alert;
    }

    /** Returns whether a whole record begins with an unencrypted ClientHello. */
    static boolean isClientHello(ByteBuffer record) {
        return record.remaining() > RecordFormat.LENGTH
                && type(record) == RecordFormat.HANDSHAKE
                && record.get(record.position() + RecordFormat.LENGTH) == CLIENT_HELLO;
    }

    private static TlsException bad(Alert alert, String reason, ByteBuffer network) {
        return new TlsException(
                HandshakeFailure.BAD_RECORD,
                alert,
                "a record header was refused: " + reason + "; first bytes " + ForeignText.hex(network));
    }
}
