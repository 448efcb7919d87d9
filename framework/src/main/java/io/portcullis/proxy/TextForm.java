// SPDX-License-Identifier: Apache-2.0
package io.portcullis.proxy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads the line of version 1 (section 2.1 of the protocol): exactly its grammar, one space between its words. */
final class TextForm {
    /** The line with its end, in the worst case. */
    static final int LONGEST = 107;

    private TextForm() {}

    /** The header, which is consumed; or null if the end of the line has not come yet. */
    static @Nullable ProxyHeader read(ByteBuffer network) throws ProxyException {
        int start = network.position();
        int most = Math.min(network.remaining(), LONGEST);
        for (int i = 0; i < most; i++) {
            byte character = network.get(start + i);
            boolean endsLine = character == '\n';
            boolean behindReturn = i > 0 && network.get(start + i - 1) == '\r';
            if (endsLine != behindReturn || character < 0 || character == 0) {
                throw malformed("the line of version 1 has a character that it cannot have");
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
                    ProxyFailure.TOO_LONG, "the line of version 1 does not end within " + LONGEST + " bytes");
        }
        return null;
    }

    private static ProxyHeader parse(String line) throws ProxyException {
        String[] words = line.split(" ", -1);
        if (words[1].equals("UNKNOWN")) {
            return ProxyHeader.unknown();
        }
        boolean ipv4 = words[1].equals("TCP4");
        if (!ipv4 && !words[1].equals("TCP6")) {
            throw malformed("version 1 knows TCP4, TCP6 and UNKNOWN only");
        }
        if (words.length != 6) {
            throw malformed("the line of version 1 has " + words.length + " words instead of 6");
        }
        return new ProxyHeader(
                false,
                address(words[2], words[4], ipv4),
                address(words[3], words[5], ipv4),
                List.of(),
                Optional.empty());
    }

    private static InetSocketAddress address(String literal, String digits, boolean ipv4) throws ProxyException {
        InetAddress ip = ipv4 ? IpLiterals.ipv4(literal) : IpLiterals.ipv6(literal);
        int port = IpLiterals.number(digits, 0xffff);
        if (ip == null || port < 0) {
            throw malformed("an address or a port of version 1 is none");
        }
        return new InetSocketAddress(ip, port);
    }

    private static ProxyException malformed(String reason) {
        return new ProxyException(ProxyFailure.MALFORMED, "the PROXY header was refused: " + reason);
    }
}
