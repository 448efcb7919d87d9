// SPDX-License-Identifier: Apache-2.0
package io.portcullis.metrics;

/** The current mode of a connection. */
enum ConnectionMode {
    /** Its gate has not decided, or its handshake is in progress. */
    OPENING,
    PLAIN,
    TLS,
    /** It was plain, and was upgraded to TLS (STARTTLS). */
    UPGRADED
}
