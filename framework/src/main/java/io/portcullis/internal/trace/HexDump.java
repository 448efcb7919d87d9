// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.trace;

import java.util.HexFormat;

/** A hex dump: sixteen bytes a line, in hexadecimal and, where printable, as characters. */
final class HexDump {
    private static final int WIDTH = 16;
    private static final HexFormat SPACED = HexFormat.ofDelimiter(" ");
    private static final int HEX_WIDTH = 3 * WIDTH;

    private HexDump() {}

    /** Returns the lines, each preceded by a line break; the first byte has the given offset. */
    static String of(byte[] bytes, long offset) {
        StringBuilder dump = new StringBuilder();
        for (int from = 0; from < bytes.length; from += WIDTH) {
            int to = Math.min(bytes.length, from + WIDTH);
            String hex = SPACED.formatHex(bytes, from, to);
            dump.append(String.format("%n%08x  %s%s |", offset + from, hex, " ".repeat(HEX_WIDTH - hex.length())));
            for (int i = from; i < to; i++) {
                dump.append(bytes[i] >= ' ' && bytes[i] < 0x7f ? (char) bytes[i] : '.');
            }
            dump.append('|');
        }
        return dump.toString();
    }
}
