// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.load;

/**
 * What a server is to be loaded with.
 *
 * @param port of the server on 127.0.0.1
 * @param secure TLS 1.3 rather than plain
 * @param path what is asked for
 * @param connections how many there are at any time
 * @param pattern what they do
 * @param group the only key exchange group that the client offers
 * @param rate requests per second of all connections together, for {@link Pattern#PACED} only
 */
public record Demand(int port, boolean secure, String path, int connections, Pattern pattern, Group group, int rate) {

    /** What the connections do during a window. */
    public enum Pattern {
        /** Each sends its next request when it has its answer. */
        KEEP_ALIVE,
        /** Each sends its requests at the times of a schedule, or as soon after as its answer before is there. */
        PACED,
        /** Each is opened with a full handshake, asks once and closes; then the next takes its place. */
        FULL_HANDSHAKE,
        /** The same, resuming the session of the one before. */
        RESUMED_HANDSHAKE
    }

    /** A group for the key exchange. */
    public enum Group {
        /** Curve25519. */
        X25519("X25519"),
        /** NIST's curve, as some older clients have it. */
        P256("P-256");

        private final String openSslName;

        Group(String openSslName) {
            this.openSslName = openSslName;
        }

        String openSslName() {
            return openSslName;
        }
    }
}
