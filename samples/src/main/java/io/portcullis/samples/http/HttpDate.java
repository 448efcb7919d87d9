// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.eclipse.jetty.http.DateGenerator;

/** The Date field (RFC 9110, 6.6.1), computed once per second for all connections. */
final class HttpDate {
    private static final long MILLIS = 1_000;

    private static volatile HttpDate last = new HttpDate(System.currentTimeMillis() / MILLIS);

    private final long second;
    private final byte[] field;

    private HttpDate(long second) {
        this.second = second;
        this.field = ("Date: " + DateGenerator.formatDate(second * MILLIS) + "\r\n").getBytes(US_ASCII);
    }

    /** Returns the field for the current second, including the line end; must not be modified. */
    static byte[] field() {
        long now = System.currentTimeMillis() / MILLIS;
        HttpDate date = last;
        if (date.second != now) {
            date = new HttpDate(now);
            last = date;
        }
        return date.field;
    }
}
