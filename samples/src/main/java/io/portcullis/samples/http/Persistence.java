// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

/** Whether the connection persists after a response (RFC 9112, 9.3), with the corresponding header field. */
@SuppressWarnings("ImmutableEnumChecker")
enum Persistence {
    /** The connection persists, which is the default of HTTP/1.1. */
    KEEP(""),
    /** The connection persists, which an HTTP/1.0 client must be informed of. */
    KEEP_ALIVE("Connection: keep-alive\r\n"),
    /** The connection is closed. */
    CLOSE("Connection: close\r\n");

    private final byte[] field;

    Persistence(String field) {
        this.field = field.getBytes(US_ASCII);
    }

    /** Returns the field including the line end, or nothing; must not be modified. */
    byte[] field() {
        return field;
    }
}
