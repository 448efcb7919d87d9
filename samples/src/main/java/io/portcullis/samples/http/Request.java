// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/** What is kept of one request while it is read; used again for the next one of its connection. */
final class Request {
    private String method = "";
    private String path = "";
    private @Nullable HttpVersion version;
    private long contentLength;
    private boolean chunked;
    private boolean expectsContinue;
    private boolean unknownExpectation;
    private boolean close;
    private boolean keepAlive;
    private long bodyBytes;

    /** Forgets the last request and starts the next. */
    void start(String method, String target, @Nullable HttpVersion version) {
        this.method = method;
        this.path = pathOf(target);
        this.version = version;
        contentLength = 0;
        chunked = false;
        expectsContinue = false;
        unknownExpectation = false;
        close = false;
        keepAlive = false;
        bodyBytes = 0;
    }

    /** Takes what matters from a header field that the parser has accepted. */
    void field(HttpField field) {
        HttpHeader header = field.getHeader();
        if (header == HttpHeader.CONTENT_LENGTH) {
            contentLength = field.getLongValue();
        } else if (header == HttpHeader.TRANSFER_ENCODING) {
            chunked = true;
        } else if (header == HttpHeader.CONNECTION) {
            close |= field.contains("close");
            keepAlive |= field.contains("keep-alive");
        } else if (header == HttpHeader.EXPECT) {
            expectsContinue = "100-continue".equalsIgnoreCase(field.getValue());
            unknownExpectation = !expectsContinue;
        }
    }

    String method() {
        return method;
    }

    /** The target without scheme, authority and query. */
    String path() {
        return path;
    }

    boolean isHead() {
        return method.equals("HEAD");
    }

    /** GET or HEAD. */
    boolean reads() {
        return method.equals("GET") || isHead();
    }

    boolean isHttp10() {
        return version == HttpVersion.HTTP_1_0;
    }

    boolean isHttp11() {
        return version == HttpVersion.HTTP_1_1;
    }

    /** The body's length; 0 if it has none or is chunked. */
    long contentLength() {
        return contentLength;
    }

    boolean chunked() {
        return chunked;
    }

    boolean hasBody() {
        return chunked || contentLength > 0;
    }

    /** The client waits for 100 Continue before it sends the body (RFC 9110, 10.1.1); HTTP/1.0 clients never do. */
    boolean expectsContinue() {
        return expectsContinue && hasBody() && !isHttp10();
    }

    boolean unknownExpectation() {
        return unknownExpectation;
    }

    Persistence persistence() {
        if (close) {
            return Persistence.CLOSE;
        }
        if (isHttp10()) {
            return keepAlive ? Persistence.KEEP_ALIVE : Persistence.CLOSE;
        }
        return Persistence.KEEP;
    }

    void addBodyBytes(int count) {
        bodyBytes += count;
    }

    /** How many bytes of the body have come so far. */
    long bodyBytes() {
        return bodyBytes;
    }

    /** The path of an origin-form or absolute-form target (RFC 9112, 3.2). */
    private static String pathOf(String target) {
        int start = 0;
        if (!target.startsWith("/")) {
            int authority = target.indexOf("://");
            if (authority >= 0) {
                start = target.indexOf('/', authority + 3);
                if (start < 0) {
                    return "/";
                }
            }
        }
        int query = target.indexOf('?', start);
        return query < 0 ? target.substring(start) : target.substring(start, query);
    }
}
