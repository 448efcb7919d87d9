// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.siege;

/** A kind of honest clients. */
enum Kind {
    /** Connects, shakes hands in full, asks once and closes, for each request. */
    NEW_TLS("new TLS"),
    /** Asks on a TLS connection that stays open. */
    OPEN_TLS("open TLS"),
    /** Connects without TLS, asks once and closes, for each request. */
    PLAIN("plain");

    private final String words;

    Kind(String words) {
        this.words = words;
    }

    boolean secure() {
        return this != PLAIN;
    }

    @Override
    public String toString() {
        return words;
    }
}
