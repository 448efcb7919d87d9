// SPDX-License-Identifier: Apache-2.0
package io.portcullis.proxy;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Encodes PROXY headers. If only one of the addresses is IPv4, it is written as an IPv4-mapped IPv6 address (RFC 4291,
 * section 2.5.5.2).
 */
final class ProxyHeaderWriter {
    private static final int CHECKSUM_FIELD = BinaryForm.FIELD_HEADER + BinaryForm.CHECKSUM;

    private ProxyHeaderWriter() {}

    /** Encodes version 1, which contains only the addresses. */
    static ByteBuffer text(@Nullable InetSocketAddress source, @Nullable InetSocketAddress destination) {
        String line;
        if (source == null || destination == null) {
            line = "PROXY UNKNOWN\r\n";
        } else {
            boolean ipv4 = bothIpv4(source, destination);
            line = "PROXY " + (ipv4 ? "TCP4 " : "TCP6 ") + text(source, ipv4) + " " + text(destination, ipv4) + " "
                    + source.getPort() + " " + destination.getPort() + "\r\n";
        }
        return ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII));
    }

    private static String text(InetSocketAddress address, boolean ipv4) {
        InetAddress ip = address.getAddress();
        if (ipv4) {
            return ip.getHostAddress();
        }
        if (ip instanceof Inet4Address) {
            return "::ffff:" + ip.getHostAddress();
        }
        String text = ip.getHostAddress();
        int zone = text.indexOf('%');
        return zone < 0 ? text : text.substring(0, zone);
    }

    /** Encodes version 2. */
    static ByteBuffer binary(
            boolean local,
            @Nullable InetSocketAddress source,
            @Nullable InetSocketAddress destination,
            List<ProxyTlv> fields) {
        boolean addresses = source != null && destination != null;
        boolean ipv4 = source != null && destination != null && bothIpv4(source, destination);
        int length = addresses ? 2 * (ipv4 ? 4 : 16) + 4 : 0;
        length += CHECKSUM_FIELD;
        for (ProxyTlv field : fields) {
            length += BinaryForm.FIELD_HEADER + field.length();
        }
        if (BinaryForm.HEADER + length > BinaryForm.LONGEST) {
            throw new IllegalArgumentException(
                    "the fields of this PROXY header need " + length + " bytes; the limit is " + BinaryForm.LONGEST);
        }
        ByteBuffer out = ByteBuffer.allocate(BinaryForm.HEADER + length);
        out.put(BinaryForm.signature());
        out.put((byte) (BinaryForm.VERSION << 4 | (local ? BinaryForm.LOCAL : BinaryForm.PROXY)));
        out.put((byte) (addresses ? (ipv4 ? BinaryForm.INET : BinaryForm.INET6) << 4 | BinaryForm.STREAM : 0));
        out.putShort((short) length);
        putAddresses(out, source, destination, ipv4);
        for (ProxyTlv field : fields) {
            out.put((byte) field.type()).putShort((short) field.length()).put(field.value());
        }
        return putChecksum(out).flip();
    }

    private static void putAddresses(
            ByteBuffer out, @Nullable InetSocketAddress source, @Nullable InetSocketAddress destination, boolean ipv4) {
        if (source != null && destination != null) {
            out.put(bytes(source, ipv4)).put(bytes(destination, ipv4));
            out.putShort((short) source.getPort()).putShort((short) destination.getPort());
        }
    }

    /** Appends the checksum, which is computed over the header with zeros in place of the checksum. */
    private static ByteBuffer putChecksum(ByteBuffer out) {
        out.put((byte) ProxyTlv.CRC32C).putShort((short) BinaryForm.CHECKSUM);
        CRC32C checksum = new CRC32C();
        checksum.update(out.duplicate().clear());
        return out.putInt((int) checksum.getValue());
    }

    private static byte[] bytes(InetSocketAddress address, boolean ipv4) {
        byte[] bytes = address.getAddress().getAddress();
        if (ipv4 || bytes.length == 16) {
            return bytes;
        }
        byte[] mapped = new byte[16];
        mapped[10] = (byte) 0xff;
        mapped[11] = (byte) 0xff;
        System.arraycopy(bytes, 0, mapped, 12, bytes.length);
        return mapped;
    }

    private static boolean bothIpv4(InetSocketAddress one, InetSocketAddress other) {
        return one.getAddress() instanceof Inet4Address && other.getAddress() instanceof Inet4Address;
    }
}
