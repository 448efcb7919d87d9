// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import java.nio.charset.StandardCharsets;

/** The status codes in use (RFC 9110, 15), each with its status line. */
@SuppressWarnings("ImmutableEnumChecker")
public enum Status {
    OK(200, "OK"),
    BAD_REQUEST(400, "Bad Request"),
    FORBIDDEN(403, "Forbidden"),
    NOT_FOUND(404, "Not Found"),
    METHOD_NOT_ALLOWED(405, "Method Not Allowed"),
    REQUEST_TIMEOUT(408, "Request Timeout"),
    CONTENT_TOO_LARGE(413, "Content Too Large"),
    URI_TOO_LONG(414, "URI Too Long"),
    EXPECTATION_FAILED(417, "Expectation Failed"),
    MISDIRECTED_REQUEST(421, "Misdirected Request"),
    HEADER_FIELDS_TOO_LARGE(431, "Request Header Fields Too Large"),
    NOT_IMPLEMENTED(501, "Not Implemented"),
    SERVICE_UNAVAILABLE(503, "Service Unavailable"),
    VERSION_NOT_SUPPORTED(505, "HTTP Version Not Supported");

    private final int code;
    private final String reason;
    private final byte[] line;

    Status(int code, String reason) {
        this.code = code;
        this.reason = reason;
        this.line = ("HTTP/1.1 " + code + " " + reason + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns the status for a code of the parser; an unknown one is a bad request. */
    static Status of(int code) {
        for (Status status : values()) {
            if (status.code == code) {
                return status;
            }
        }
        return BAD_REQUEST;
    }

    String reason() {
        return reason;
    }

    /** Returns the status line including the line end; must not be modified. */
    byte[] line() {
        return line;
    }
}
