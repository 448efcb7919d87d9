// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Cuts a PEM text into its blocks (RFC 7468). Text around the blocks, indentation and any line ending are accepted.
 * Anything that may be part of a block but is incomplete or damaged is refused with its line number: skipping it could
 * drop an authority that is trusted, or a certificate that clients need.
 */
final class PemParser {
    private static final String BEGIN = "-----BEGIN ";
    private static final String END = "-----END ";
    private static final String DASHES = "-----";

    /** A line that should begin or end a block, with any number of dashes. */
    private static final Pattern BOUNDARY =
            Pattern.compile("--\\s*(BEGIN|END)\\b|\\b(BEGIN|END)\\b[^-]*--", Pattern.CASE_INSENSITIVE);

    /** The rest of such a line if its beginning is missing. */
    private static final Pattern REST = Pattern.compile("[A-Z0-9 ]*-----|-{1,4}");

    /** RFC 1421, 4.6: a header of encrypted data in OpenSSL's legacy format. */
    private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9-]+:.*");

    private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/]*={0,2}");

    /** As a character, or as the three bytes of UTF-8. Also found in the middle of concatenated files. */
    private static final Pattern BYTE_ORDER_MARK = Pattern.compile("^(\ufeff|\u00ef\u00bb\u00bf)");

    private final String name;
    private final Iterator<String> lines;
    private int number;

    private PemParser(String name, String text) {
        this.name = name;
        this.lines = text.lines()
                .map(line -> BYTE_ORDER_MARK.matcher(line).replaceFirst("").strip())
                .iterator();
    }

    /**
     * Parses a text.
     *
     * @param name the text's name in messages
     * @param text each character is one byte
     */
    static List<PemBlock> parse(String name, String text) {
        PemParser parser = new PemParser(name, text);
        List<PemBlock> blocks = new ArrayList<>();
        while (parser.lines.hasNext()) {
            String line = parser.next();
            if (isWhole(line, BEGIN)) {
                blocks.add(parser.block(label(line, BEGIN)));
            } else if (BOUNDARY.matcher(line).find() || parser.isCut(line) || parser.isRest(line)) {
                throw parser.refused(
                        line.contains(END)
                                ? "holds the end of a block that has not begun"
                                : "holds more or less than the " + BEGIN + "..." + DASHES + " of a block");
            }
        }
        return List.copyOf(blocks);
    }

    /** Returns whether the text ends within a BEGIN line. */
    private boolean isCut(String line) {
        return !lines.hasNext() && !line.isEmpty() && BEGIN.startsWith(line);
    }

    /** Returns whether the text starts within a BEGIN or END line. */
    private boolean isRest(String line) {
        return number == 1 && REST.matcher(line).matches();
    }

    private String next() {
        number++;
        return lines.next();
    }

    private static boolean isWhole(String line, String start) {
        return line.startsWith(start)
                && line.endsWith(DASHES)
                && line.length() > start.length() + DASHES.length()
                && line.indexOf(DASHES, start.length()) == line.length() - DASHES.length();
    }

    private static String label(String line, String start) {
        return line.substring(start.length(), line.length() - DASHES.length());
    }

    private PemBlock block(String label) {
        int begun = number;
        StringBuilder base64 = new StringBuilder();
        boolean encrypted = false;
        while (lines.hasNext()) {
            String line = next();
            if (isWhole(line, END)) {
                if (!label(line, END).equals(label)) {
                    throw refused("ends a block of a different kind than the one that line " + begun + " begins");
                }
                return new PemBlock(label, decode(base64.toString(), begun, label), encrypted);
            }
            if (base64.isEmpty() && HEADER.matcher(line).matches()) {
                encrypted |= line.startsWith("Proc-Type:") && line.endsWith("ENCRYPTED");
            } else if (BASE64.matcher(line).matches() && base64.indexOf("=") < 0) {
                base64.append(line);
            } else {
                throw refused(
                        line.contains(BEGIN)
                                ? "begins a block before the end of the one that line " + begun + " begins"
                                : "is neither part of the block that line " + begun + " begins, nor its end");
            }
        }
        throw Refusal.of(name + " ends in the middle of its block (" + PemBlock.kind(label) + ", line " + begun
                + "); copy the whole file again");
    }

    private byte[] decode(String base64, int begun, String label) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw Refusal.of("the block (" + PemBlock.kind(label) + ") in line " + begun + " of " + name
                    + " is damaged; copy the whole file again");
        }
    }

    /** The message never includes the line itself, which may be a part of a key. */
    private IllegalArgumentException refused(String what) {
        return Refusal.of("line " + number + " of " + name + " " + what
                + "; line breaks or lines were lost: copy the whole file again (it is damaged)");
    }
}
