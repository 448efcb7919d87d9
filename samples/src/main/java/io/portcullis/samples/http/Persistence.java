// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

/** What becomes of the connection after an answer (RFC 9112, 9.3), and the header field that says so. */
@SuppressWarnings("ImmutableEnumChecker")
enum Persistence {
    /** It goes on, as HTTP/1.1 does by itself. */
    KEEP(""),
    /** It goes on, which an HTTP/1.0 client has to be told. */
    KEEP_ALIVE("Connection: keep-alive\r\n"),
    /** It ends. */
    CLOSE("Connection: close\r\n");

    private final byte[] field;

    Persistence(String field) {
        this.field = field.getBytes(US_ASCII);
    }

    /** The field with its end, or nothing; not to be modified. */
    byte[] field() {
        return field;
    }
}
