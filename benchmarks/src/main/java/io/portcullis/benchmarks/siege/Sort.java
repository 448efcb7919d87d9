// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.siege;

import java.util.Arrays;

/** A sort of attackers, by what each of them does on its connection before it does nothing any more. */
enum Sort {
    /** Sends nothing. */
    SILENCE("silence", "connects, and sends nothing"),
    /** Sends two bytes that may begin a handshake. */
    TWO_BYTES("two-bytes", "sends 16 03, and stops"),
    /** Sends so much of a record's header that it is TLS without doubt. */
    RECORD_HEADER("record-header", "sends 16 03 01, and stops"),
    /** Sends the first half of a ClientHello. */
    HALF_HELLO("half-hello", "sends half a ClientHello, and stops"),
    /** Lets the server compute its flight, and does not answer it. */
    STOPPED("stopped", "sends a ClientHello, and stops after the server's flight"),
    /** Shakes hands, asks for a large answer, and reads nothing of it. */
    DEAF("deaf", "shakes hands, asks for 1 MiB, and never reads");

    private final String word;
    private final String description;

    Sort(String word, String description) {
        this.word = word;
        this.description = description;
    }

    String description() {
        return description;
    }

    /** How it is called on the command line and in the report. */
    @Override
    public String toString() {
        return word;
    }

    static Sort of(String word) {
        return Arrays.stream(values())
                .filter(sort -> sort.word.equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "there is no sort '" + word + "'; there are " + Arrays.toString(values())));
    }
}
