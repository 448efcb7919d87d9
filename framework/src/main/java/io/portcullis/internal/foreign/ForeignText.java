// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.foreign;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Text of others for a message: of a peer, a file, an engine, a provider, a resolver, an application. Whatever it
 * holds, the result is one line without control characters, of bounded length; text that is so already stays as it is,
 * so that it does not matter how often it comes here.
 *
 * <p>Printable are ASCII and the letters and digits that are written from left to right. Everything else is escaped as
 * Java does it, such as {@code \n} and {@code \u001b}; a backslash is not, so that it cannot be told whether a
 * {@code \n} was one.
 */
public final class ForeignText {
    /** The longest name, in characters. */
    static final int LONGEST_NAME = 64;

    /** The longest message, in characters. */
    static final int LONGEST = 256;

    /** The longest line that consists of words of ours with such messages in it. */
    static final int LONGEST_LINE = 4096;

    private static final int MOST_BYTES = 16;

    private ForeignText() {}

    /**
     * A message of somebody else.
     *
     * @param message perhaps with data of a peer in it
     * @return the same, escaped, and cut at 256 characters
     */
    public static String of(@Nullable String message) {
        return cut(String.valueOf(message), LONGEST);
    }

    /**
     * What an exception says: its class and its message.
     *
     * @param failure of somebody else
     * @return the same, escaped, and cut at 256 characters
     */
    public static String of(Throwable failure) {
        return of(text(failure));
    }

    /**
     * A name that somebody else chose.
     *
     * @param name such as that of a server in a ClientHello
     * @return the same, escaped, and cut at 64 characters
     */
    public static String name(String name) {
        return cut(name, LONGEST_NAME);
    }

    /**
     * A message of ours in which others are quoted, in case that one of them was forgotten.
     *
     * @param message the whole message
     * @return the same, escaped, and cut at 4,096 characters
     */
    public static String line(String message) {
        return cut(message, LONGEST_LINE);
    }

    /**
     * The bytes that somebody else has sent, as far as a message may show them.
     *
     * @param bytes from the buffer's position on; not consumed
     * @return the first 16 of them at most, in hexadecimal
     */
    public static String hex(ByteBuffer bytes) {
        byte[] shown = new byte[Math.min(MOST_BYTES, bytes.remaining())];
        bytes.get(bytes.position(), shown);
        return HexFormat.ofDelimiter(" ").formatHex(shown);
    }

    /** What it says, even if it cannot say it. */
    static String text(Throwable failure) {
        try {
            return String.valueOf(failure);
        } catch (RuntimeException | Error speechless) {
            return failure.getClass().getName();
        }
    }

    /** Whether it would stay as it is. */
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
