// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.siege;

/** A kind of honest client. */
enum Kind {
    /** Connects, performs a full handshake, sends one request and closes, for each request. */
    NEW_TLS("new TLS"),
    /** Sends requests on a TLS connection that stays open. */
    OPEN_TLS("open TLS"),
    /** Connects without TLS, sends one request and closes, for each request. */
    PLAIN("plain");

    private final String label;

    Kind(String label) {
        this.label = label;
    }

    boolean secure() {
        return this != PLAIN;
    }

    @Override
    public String toString() {
        return label;
    }
}
