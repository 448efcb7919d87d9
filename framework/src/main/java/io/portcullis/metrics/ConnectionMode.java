// SPDX-License-Identifier: Apache-2.0
package io.portcullis.metrics;

/** What a connection is at the moment. */
enum ConnectionMode {
    /** Its gate has not decided, or its handshake is not over. */
    OPENING,
    PLAIN,
    TLS,
    /** It was plain, and went over to TLS (STARTTLS). */
    UPGRADED
}
