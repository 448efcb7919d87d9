// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.load;

/**
 * The load to put on a server.
 *
 * @param port the port of the server on 127.0.0.1
 * @param secure whether to use TLS 1.3
 * @param path the path to request
 * @param connections the number of concurrent connections
 * @param pattern the behavior of the connections
 * @param group the only key exchange group that the client offers
 * @param rate requests per second over all connections, for {@link Pattern#PACED} only
 */
public record Demand(int port, boolean secure, String path, int connections, Pattern pattern, Group group, int rate) {

    /** The behavior of the connections during a window. */
    public enum Pattern {
        /** Each connection sends its next request when it has received its response. */
        KEEP_ALIVE,
        /** Each sends its requests at scheduled times, or as soon as the previous response has arrived. */
        PACED,
        /** Each performs a full handshake, sends one request and closes; then the next one replaces it. */
        FULL_HANDSHAKE,
        /** The same, but resumes the session of the previous connection. */
        RESUMED_HANDSHAKE
    }

    /** A key exchange group. */
    public enum Group {
        /** Curve25519. */
        X25519("X25519"),
        /** NIST's curve, used by some older clients. */
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
