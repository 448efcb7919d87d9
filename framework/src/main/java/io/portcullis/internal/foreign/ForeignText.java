// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.foreign;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Sanitizes foreign text for a message: text from a peer, a file, an engine, a provider, a resolver, or an application.
 * Whatever it contains, the result is one line of limited length without control characters. Text that already meets
 * these conditions is unchanged, so sanitizing it repeatedly does no harm.
 *
 * <p>ASCII, and letters and digits that are written from left to right, are printable. All other characters are escaped
 * as in Java, such as {@code \n} and {@code \u001b}. A backslash is not escaped, so an escape cannot be distinguished
 * from the same characters in the original.
 */
public final class ForeignText {
    /** The maximum length of a name, in characters. */
    static final int LONGEST_NAME = 64;

    /** The maximum length of a message, in characters. */
    static final int LONGEST = 256;

    /** The maximum length of a line of framework text that includes such messages. */
    static final int LONGEST_LINE = 4096;

    private static final int MOST_BYTES = 16;

    private ForeignText() {}

    /**
     * Sanitizes a foreign message.
     *
     * @param message may contain data from a peer
     * @return the same, escaped, and truncated to 256 characters
     */
    public static String of(@Nullable String message) {
        return cut(String.valueOf(message), LONGEST);
    }

    /**
     * Returns the class and message of an exception, sanitized.
     *
     * @param failure a foreign exception
     * @return the same, escaped, and truncated to 256 characters
     */
    public static String of(Throwable failure) {
        return of(text(failure));
    }

    /**
     * Sanitizes a foreign name.
     *
     * @param name a name, such as that of a server in a ClientHello
     * @return the same, escaped, and truncated to 64 characters
     */
    public static String name(String name) {
        return cut(name, LONGEST_NAME);
    }

    /**
     * Sanitizes a framework message that quotes foreign text, in case that any of it was not sanitized.
     *
     * @param message the whole message
     * @return the same, escaped, and truncated to 4,096 characters
     */
    public static String line(String message) {
        return cut(message, LONGEST_LINE);
    }

    /**
     * Formats bytes received from a peer, as far as a message may show them.
     *
     * @param bytes from the buffer's position on; not consumed
     * @return at most the first 16 of them, in hexadecimal
     */
    public static String hex(ByteBuffer bytes) {
        byte[] shown = new byte[Math.min(MOST_BYTES, bytes.remaining())];
        bytes.get(bytes.position(), shown);
        return HexFormat.ofDelimiter(" ").formatHex(shown);
    }

    /** Returns the text of a failure, even if its {@code toString} throws. */
    static String text(Throwable failure) {
        try {
            return String.valueOf(failure);
        } catch (RuntimeException | Error speechless) {
            return failure.getClass().getName();
        }
    }

    /** Returns whether the text would be unchanged. */
    static boolean printable(String text) {
        return text.chars().allMatch(ForeignText::printable);
    }

    private static boolean printable(int c) {
        return (c >= ' ' && c < 0x7f)
                || (c > 0x7f
                        && Character.isLetterOrDigit(c)
                        && Character.getDirectionality(c) == Character.DIRECTIONALITY_LEFT_TO_RIGHT);
    }

    static String cut(String text, int longest) {
        int length = Math.min(text.length(), longest);
        if (length == text.length() && printable(text)) {
            return text;
        }
        StringBuilder safe = new StringBuilder(length + 32);
        int taken = 0;
        while (taken < length && safe.length() < longest) {
            append(safe, text.charAt(taken++));
        }
        if (taken < text.length()) {
            safe.append(String.format(Locale.ROOT, "... (%,d characters)", text.length()));
        }
        return safe.toString();
    }

    private static void append(StringBuilder safe, char c) {
        if (printable(c)) {
            safe.append(c);
            return;
        }
        switch (c) {
            case '\n' -> safe.append("\\n");
            case '\r' -> safe.append("\\r");
            case '\t' -> safe.append("\\t");
            default -> safe.append(String.format("\\u%04x", (int) c));
        }
    }
}
