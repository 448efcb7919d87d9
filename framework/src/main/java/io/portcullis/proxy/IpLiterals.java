// SPDX-License-Identifier: Apache-2.0
package io.portcullis.proxy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Parses IP addresses in their usual notation only: never a name, so never a lookup. */
final class IpLiterals {
    private static final Pattern IPV6_CHARACTERS = Pattern.compile("[0-9a-fA-F:][0-9a-fA-F:.]{1,44}");
    private static final int IPV4_LENGTH = 4;

    private IpLiterals() {}

    /** Returns an address of either family, or null. */
    static @Nullable InetAddress parse(String text) {
        return text.indexOf(':') >= 0 ? ipv6(text) : ipv4(text);
    }

    /**
     * Parses four decimal numbers without leading zeros, which some parsers read as octal; returns null if the text is
     * invalid.
     */
    static @Nullable InetAddress ipv4(String text) {
        String[] parts = text.split("\\.", -1);
        byte[] address = new byte[IPV4_LENGTH];
        if (parts.length != IPV4_LENGTH) {
            return null;
        }
        for (int i = 0; i < IPV4_LENGTH; i++) {
            int number = number(parts[i], 255);
            if (number < 0) {
                return null;
            }
            address[i] = (byte) number;
        }
        return of(address);
    }

    /** Parses an address (RFC 4291, section 2.2) without a zone; returns null if the text is invalid. */
    static @Nullable InetAddress ipv6(String text) {
        if (text.indexOf(':') < 0 || !IPV6_CHARACTERS.matcher(text).matches()) {
            return null;
        }
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException notAnAddress) {
            return null;
        }
    }

    /** Parses a decimal number without sign or leading zeros; returns -1 if it is invalid. */
    static int number(String digits, int most) {
        if (digits.isEmpty() || digits.length() > 5 || (digits.length() > 1 && digits.charAt(0) == '0')) {
            return -1;
        }
        int number = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            number = 10 * number + digit;
        }
        return number <= most ? number : -1;
    }

    /** Returns an address of 4 or 16 bytes. */
    static InetAddress of(byte... address) {
        try {
            return InetAddress.getByAddress(address);
        } catch (UnknownHostException impossible) {
            throw new IllegalArgumentException(impossible);
        }
    }
}
