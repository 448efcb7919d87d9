// SPDX-License-Identifier: Apache-2.0
package io.portcullis.proxy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Parses the line of a version 1 header (section 2.1 of the protocol) strictly, with one space between its parts. */
final class TextForm {
    /** The maximum length of the line, including its end. */
    static final int LONGEST = 107;

    private TextForm() {}

    /** Reads and consumes the header; returns null if the end of the line has not been received yet. */
    static @Nullable ProxyHeader read(ByteBuffer network) throws ProxyException {
        int start = network.position();
        int most = Math.min(network.remaining(), LONGEST);
        for (int i = 0; i < most; i++) {
            byte character = network.get(start + i);
            boolean endsLine = character == '\n';
            boolean behindReturn = i > 0 && network.get(start + i - 1) == '\r';
            if (endsLine != behindReturn || character < 0 || character == 0) {
                throw malformed("the version 1 line contains an illegal character");
            }
            if (endsLine) {
                byte[] line = new byte[i - 1];
                network.get(start, line);
                ProxyHeader header = parse(new String(line, StandardCharsets.US_ASCII));
                network.position(start + i + 1);
                return header;
            }
        }
        if (most == LONGEST) {
            throw new ProxyException(
                    ProxyFailure.TOO_LONG, "the version 1 line does not end within " + LONGEST + " bytes");
        }
        return null;
    }

    private static ProxyHeader parse(String line) throws ProxyException {
        String[] parts = line.split(" ", -1);
        if (parts[1].equals("UNKNOWN")) {
            return ProxyHeader.unknown();
        }
        boolean ipv4 = parts[1].equals("TCP4");
        if (!ipv4 && !parts[1].equals("TCP6")) {
            throw malformed("version 1 supports only TCP4, TCP6 and UNKNOWN");
        }
        if (parts.length != 6) {
            throw malformed("the version 1 line has " + parts.length + " parts instead of 6");
        }
        return new ProxyHeader(
                false,
                address(parts[2], parts[4], ipv4),
                address(parts[3], parts[5], ipv4),
                List.of(),
                Optional.empty());
    }

    private static InetSocketAddress address(String literal, String digits, boolean ipv4) throws ProxyException {
        InetAddress ip = ipv4 ? IpLiterals.ipv4(literal) : IpLiterals.ipv6(literal);
        int port = IpLiterals.number(digits, 0xffff);
        if (ip == null || port < 0) {
            throw malformed("the version 1 line contains an invalid address or port");
        }
        return new InetSocketAddress(ip, port);
    }

    private static ProxyException malformed(String reason) {
        return new ProxyException(ProxyFailure.MALFORMED, "the PROXY header was refused: " + reason);
    }
}
