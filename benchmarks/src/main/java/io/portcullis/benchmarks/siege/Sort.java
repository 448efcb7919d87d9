// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.siege;

import java.util.Arrays;

/** A sort of attacker, defined by what each one does on its connection before it idles. */
enum Sort {
    /** Sends nothing. */
    SILENCE("silence", "connects, and sends nothing"),
    /** Sends two bytes that may start a handshake. */
    TWO_BYTES("two-bytes", "sends 16 03, and stops"),
    /** Sends enough of a record header to be identified as TLS. */
    RECORD_HEADER("record-header", "sends 16 03 01, and stops"),
    /** Sends the first half of a ClientHello. */
    HALF_HELLO("half-hello", "sends half a ClientHello, and stops"),
    /** Makes the server compute its flight, and does not respond to it. */
    STOPPED("stopped", "sends a ClientHello, and stops after the server's flight"),
    /** Completes the handshake, requests a large response, and never reads it. */
    DEAF("deaf", "completes the handshake, requests 1 MiB, and never reads");

    private final String name;
    private final String description;

    Sort(String name, String description) {
        this.name = name;
        this.description = description;
    }

    String description() {
        return description;
    }

    /** Returns the name used on the command line and in the report. */
    @Override
    public String toString() {
        return name;
    }

    static Sort of(String name) {
        return Arrays.stream(values())
                .filter(sort -> sort.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "there is no sort '" + name + "'; there are " + Arrays.toString(values())));
    }
}
