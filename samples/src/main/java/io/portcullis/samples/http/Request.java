// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import java.util.Objects;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/** The relevant parts of one request while it is being read; reused for the next request of the connection. */
final class Request {
    /** The transfer coding of the body, if it is not delimited by its length (RFC 9112, 6.1). */
    private enum Coding {
        NONE,
        CHUNKED,
        /** Chunked, plus a coding that is not supported. */
        UNKNOWN
    }

    /** The client's expectation before it sends the body (RFC 9110, 10.1.1). */
    private enum Expectation {
        NONE,
        CONTINUE,
        UNKNOWN
    }

    private String method = "";
    private String path = "";

    /** The authority of an absolute-form target takes precedence over the Host field (RFC 9112, 3.2.2). */
    private String host = "";

    private boolean hostInTarget;
    private @Nullable HttpVersion version;
    private long contentLength;
    private Coding coding = Coding.NONE;
    private Expectation expectation = Expectation.NONE;

    /** The option of the Connection fields; KEEP if there is none. */
    private Persistence wanted = Persistence.KEEP;

    private long bodyBytes;

    /** Discards the previous request and starts the next. */
    void start(String method, String target, @Nullable HttpVersion version) {
        this.method = method;
        int scheme = target.startsWith("/") ? -1 : target.indexOf("://");
        hostInTarget = scheme >= 0;
        int authority = hostInTarget ? scheme + "://".length() : 0;
        int start = hostInTarget ? endOfAuthority(target, authority) : 0;
        host = target.substring(authority, hostInTarget ? start : 0);
        path = pathOf(target, start);
        this.version = version;
        contentLength = 0;
        coding = Coding.NONE;
        expectation = Expectation.NONE;
        wanted = Persistence.KEEP;
        bodyBytes = 0;
    }

    /** Extracts the relevant data from a header field that the parser has accepted. */
    void field(HttpField field) {
        HttpHeader header = field.getHeader();
        if (header == HttpHeader.CONTENT_LENGTH) {
            contentLength = field.getLongValue();
        } else if (header == HttpHeader.TRANSFER_ENCODING) {
            // The parser guarantees that chunked is the last coding
            boolean known = field.getValueList().stream().allMatch("chunked"::equalsIgnoreCase);
            coding = known && coding != Coding.UNKNOWN ? Coding.CHUNKED : Coding.UNKNOWN;
        } else if (header == HttpHeader.CONNECTION) {
            if (field.contains("close")) {
                wanted = Persistence.CLOSE;
            } else if (field.contains("keep-alive") && wanted == Persistence.KEEP) {
                wanted = Persistence.KEEP_ALIVE;
            }
        } else if (header == HttpHeader.HOST) {
            if (!hostInTarget) {
                host = Objects.requireNonNullElse(field.getValue(), "");
            }
        } else if (header == HttpHeader.EXPECT) {
            boolean known = "100-continue".equalsIgnoreCase(field.getValue());
            expectation = known ? Expectation.CONTINUE : Expectation.UNKNOWN;
        }
    }

    String method() {
        return method;
    }

    /** Returns the target without scheme, authority and query. */
    String path() {
        return path;
    }

    /** Returns the requested authority as received; empty if there is none. */
    String host() {
        return host;
    }

    boolean isHead() {
        return method.equals("HEAD");
    }

    /** Returns whether the method is GET or HEAD. */
    boolean reads() {
        return method.equals("GET") || isHead();
    }

    boolean isHttp10() {
        return version == HttpVersion.HTTP_1_0;
    }

    boolean isHttp11() {
        return version == HttpVersion.HTTP_1_1;
    }

    /** Returns the length of the body; 0 if there is none or it is chunked. */
    long contentLength() {
        return contentLength;
    }

    boolean chunked() {
        return coding != Coding.NONE;
    }

    /** Returns whether the body has a transfer coding other than chunked, which is not supported. */
    boolean unknownCoding() {
        return coding == Coding.UNKNOWN;
    }

    boolean hasBody() {
        return chunked() || contentLength > 0;
    }

    /**
     * Returns whether the client waits for 100 Continue before it sends the body (RFC 9110, 10.1.1); never in HTTP/1.0.
     */
    boolean expectsContinue() {
        return expectation == Expectation.CONTINUE && hasBody() && !isHttp10();
    }

    boolean unknownExpectation() {
        return expectation == Expectation.UNKNOWN;
    }

    Persistence persistence() {
        if (isHttp10()) {
            return wanted == Persistence.KEEP_ALIVE ? Persistence.KEEP_ALIVE : Persistence.CLOSE;
        }
        return wanted == Persistence.CLOSE ? Persistence.CLOSE : Persistence.KEEP;
    }

    void addBodyBytes(int count) {
        bodyBytes += count;
    }

    /** Returns how many bytes of the body have been received so far. */
    long bodyBytes() {
        return bodyBytes;
    }

    private static int endOfAuthority(String target, int start) {
        int end = start;
        while (end < target.length() && "/?#".indexOf(target.charAt(end)) < 0) {
            end++;
        }
        return end;
    }

    private static String pathOf(String target, int start) {
        int query = target.indexOf('?', start);
        String path = target.substring(start, query < 0 ? target.length() : query);
        return path.isEmpty() ? "/" : path;
    }
}
