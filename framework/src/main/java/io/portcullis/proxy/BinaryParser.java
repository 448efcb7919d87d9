// SPDX-License-Identifier: Apache-2.0
package io.portcullis.proxy;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Parses a complete version 2 header (section 2.2 of the protocol). Every length is checked, to the last byte. */
final class BinaryParser {
    private static final int MOST_FIELDS = 256;
    private static final int UNIX_ADDRESSES = 216;

    private static final int SSL_CLIENT = 0x01;
    private static final int SSL_CERTIFICATE_CONNECTION = 0x02;
    private static final int SSL_CERTIFICATE_SESSION = 0x04;
    private static final int SSL_FACTS = 5;
    private static final int SSL_VERSION = 0x21;
    private static final int SSL_COMMON_NAME = 0x22;
    private static final int SSL_CIPHER = 0x23;

    private final ByteBuffer header;
    private @Nullable InetSocketAddress source;
    private @Nullable InetSocketAddress destination;
    private final List<ProxyTlv> fields = new ArrayList<>();
    private Optional<ProxySsl> ssl = Optional.empty();
    private boolean checked;

    private BinaryParser(ByteBuffer header) {
        this.header = header;
    }

    /** Checks the first 16 bytes. */
    static void checkHeader(ByteBuffer network) throws ProxyException {
        int position = network.position();
        int version = network.get(position + 12) >> 4 & 0xf;
        int command = network.get(position + 12) & 0xf;
        int family = network.get(position + 13) >> 4 & 0xf;
        int transport = network.get(position + 13) & 0xf;
        if (version != BinaryForm.VERSION) {
            throw malformed("its version is " + version + " instead of 2");
        }
        if (command > BinaryForm.PROXY) {
            throw malformed("its command " + command + " is not assigned");
        }
        if (command == BinaryForm.PROXY && (family > BinaryForm.UNIX || transport > BinaryForm.DATAGRAM)) {
            throw malformed("its family " + family + " or transport " + transport + " is not assigned");
        }
    }

    /**
     * Parses a header.
     *
     * @param header from the signature to the last byte of the announced length; must have passed {@link #checkHeader}
     */
    static ProxyHeader parse(ByteBuffer header) throws ProxyException {
        return new BinaryParser(header.slice()).parse();
    }

    private ProxyHeader parse() throws ProxyException {
        if ((header.get(12) & 0xf) == BinaryForm.LOCAL) {
            return ProxyHeader.ofLocal();
        }
        int family = header.get(13) >> 4 & 0xf;
        boolean unspecified = family == BinaryForm.UNSPECIFIED || (header.get(13) & 0xf) == 0;
        if (unspecified) {
            return ProxyHeader.unknown();
        }
        header.position(BinaryForm.HEADER);
        if (family == BinaryForm.UNIX) {
            requireAddresses(UNIX_ADDRESSES);
            header.position(header.position() + UNIX_ADDRESSES);
        } else {
            parseAddresses(family == BinaryForm.INET ? 4 : 16);
        }
        parseFields(header);
        return new ProxyHeader(false, source, destination, List.copyOf(fields), ssl);
    }

    private void requireAddresses(int length) throws ProxyException {
        if (header.remaining() < length) {
            throw malformed("it has " + header.remaining() + " bytes, but its addresses need " + length);
        }
    }

    private void parseAddresses(int length) throws ProxyException {
        requireAddresses(2 * length + 4);
        byte[] from = new byte[length];
        byte[] to = new byte[length];
        header.get(from).get(to);
        source = new InetSocketAddress(IpLiterals.of(from), header.getShort() & 0xffff);
        destination = new InetSocketAddress(IpLiterals.of(to), header.getShort() & 0xffff);
    }

    private void parseFields(ByteBuffer from) throws ProxyException {
        for (int count = 0; from.hasRemaining(); count++) {
            if (count == MOST_FIELDS) {
                throw badField("there are more than " + MOST_FIELDS + " fields");
            }
            int at = from.position() + BinaryForm.FIELD_HEADER;
            ProxyTlv field = next(from);
            switch (field.type()) {
                case ProxyTlv.NOOP -> {}
                case ProxyTlv.CRC32C -> check(at, field);
                default -> add(field);
            }
        }
    }

    private void add(ProxyTlv field) throws ProxyException {
        fields.add(field);
        if (field.type() == ProxyTlv.UNIQUE_ID && field.length() > BinaryForm.LONGEST_UNIQUE_ID) {
            throw badField("the unique id is longer than " + BinaryForm.LONGEST_UNIQUE_ID + " bytes");
        } else if (field.type() == ProxyTlv.SSL) {
            if (ssl.isPresent()) {
                throw badField("SSL occurs twice");
            }
            ssl = Optional.of(parseSsl(field.value()));
        }
    }

    private static ProxyTlv next(ByteBuffer from) throws ProxyException {
        if (from.remaining() < BinaryForm.FIELD_HEADER) {
            throw badField(from.remaining() + " bytes are left, too few for a type and a length");
        }
        int type = from.get() & 0xff;
        int length = from.getShort() & 0xffff;
        if (length > from.remaining()) {
            throw badField("type " + type + " announces " + length + " bytes, but " + from.remaining() + " are left");
        }
        byte[] value = new byte[length];
        from.get(value);
        return new ProxyTlv(type, value);
    }

    private void check(int at, ProxyTlv field) throws ProxyException {
        if (checked || field.length() != BinaryForm.CHECKSUM) {
            throw badField("the checksum occurs twice, or is not four bytes long");
        }
        checked = true;
        CRC32C checksum = new CRC32C();
        checksum.update(header.slice(0, at));
        checksum.update(new byte[BinaryForm.CHECKSUM]);
        checksum.update(header.slice(at + BinaryForm.CHECKSUM, header.limit() - at - BinaryForm.CHECKSUM));
        if ((int) checksum.getValue() != field.value().getInt()) {
            throw new ProxyException(ProxyFailure.BAD_CHECKSUM, "the PROXY header does not match its CRC32C");
        }
    }

    private static ProxySsl parseSsl(ByteBuffer value) throws ProxyException {
        if (value.remaining() < SSL_FACTS) {
            throw badField("SSL has fewer than " + SSL_FACTS + " bytes");
        }
        int client = value.get();
        boolean good = value.getInt() == 0;
        Optional<String> version = Optional.empty();
        Optional<String> cipher = Optional.empty();
        Optional<String> commonName = Optional.empty();
        while (value.hasRemaining()) {
            ProxyTlv fact = next(value);
            if (fact.type() == SSL_VERSION) {
                version = Optional.of(ascii(fact));
            } else if (fact.type() == SSL_CIPHER) {
                cipher = Optional.of(ascii(fact));
            } else if (fact.type() == SSL_COMMON_NAME) {
                commonName = Optional.of(fact.text());
            }
        }
        boolean onConnection = (client & SSL_CERTIFICATE_CONNECTION) != 0;
        boolean inSession = (client & SSL_CERTIFICATE_SESSION) != 0;
        boolean verified = good && (onConnection || inSession);
        return new ProxySsl((client & SSL_CLIENT) != 0, onConnection, inSession, verified, version, cipher, commonName);
    }

    private static String ascii(ProxyTlv fact) {
        return StandardCharsets.US_ASCII.decode(fact.value()).toString();
    }

    private static ProxyException malformed(String reason) {
        return new ProxyException(ProxyFailure.MALFORMED, "the PROXY header was refused: " + reason);
    }

    private static ProxyException badField(String reason) {
        return new ProxyException(ProxyFailure.BAD_TLV, "a field of the PROXY header was refused: " + reason);
    }
}
