// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import io.portcullis.Connection;
import io.portcullis.samples.http.Response.Bytes;
import io.portcullis.samples.http.Response.Echo;
import io.portcullis.samples.http.Response.Found;
import io.portcullis.samples.http.Response.Health;
import io.portcullis.samples.http.Response.Page;
import io.portcullis.samples.http.Response.Refusal;
import org.jspecify.annotations.Nullable;

/** Decides on the response to a request from its head. */
final class Router {
    /** The maximum size that {@code /bytes/N} returns: 1 GiB. */
    static final long MAX_BYTES = 1L << 30;

    private static final String BYTES = "/bytes/";
    private static final int MAX_DIGITS = 10;
    private static final Response PAGE = new Page();
    private static final Response HEALTH = new Health();
    private static final Response ECHO = new Echo();
    private static final Response ONLY_READ =
            new Refusal(Status.METHOD_NOT_ALLOWED, "GET, HEAD", "only GET and HEAD are allowed here");
    private static final Response ONLY_POST =
            new Refusal(Status.METHOD_NOT_ALLOWED, "POST", "only POST is allowed here");
    private static final Response NOT_FOUND =
            new Refusal(Status.NOT_FOUND, "not found; try /, /health, /bytes/N or POST /echo");
    private static final Response NOT_A_COUNT =
            new Refusal(Status.BAD_REQUEST, "write /bytes/N with N from 0 to " + MAX_BYTES);
    private static final Response OLD_OR_NEW =
            new Refusal(Status.VERSION_NOT_SUPPORTED, "only HTTP/1.0 and HTTP/1.1 are supported");
    private static final Response CHUNKED_10 =
            new Refusal(Status.BAD_REQUEST, "HTTP/1.0 has no transfer codings (RFC 9112, 6.1)");
    private static final Response UNKNOWN_CODING =
            new Refusal(Status.NOT_IMPLEMENTED, "the only supported transfer coding is chunked (RFC 9112, 6.1)");
    private static final Response EXPECTATION =
            new Refusal(Status.EXPECTATION_FAILED, "the only supported expectation is 100-continue");

    private Router() {}

    /**
     * Decides on the response.
     *
     * @param request the request, whose head is complete
     * @param site the resources served in addition to the built-in ones
     * @param connection the connection over which the request came
     * @return the response
     */
    static Response route(Request request, Site site, Connection connection) {
        if (!request.isHttp11() && !request.isHttp10()) {
            return OLD_OR_NEW;
        }
        if (request.isHttp10() && request.chunked()) {
            return CHUNKED_10;
        }
        if (request.unknownCoding()) {
            return UNKNOWN_CODING;
        }
        if (request.unknownExpectation()) {
            return EXPECTATION;
        }
        String path = request.path();
        return switch (path) {
            case "/" -> request.reads() ? PAGE : ONLY_READ;
            case "/health" -> request.reads() ? HEALTH : ONLY_READ;
            case "/echo" -> request.method().equals("POST") ? ECHO : ONLY_POST;
            default ->
                path.startsWith(BYTES) ? bytes(request) : found(request, site.find(request.host(), path, connection));
        };
    }

    private static Response found(Request request, @Nullable Resource resource) {
        if (resource == null) {
            return NOT_FOUND;
        }
        return request.reads() ? new Found(resource) : ONLY_READ;
    }

    private static Response bytes(Request request) {
        if (!request.reads()) {
            return ONLY_READ;
        }
        String digits = request.path().substring(BYTES.length());
        if (digits.isEmpty() || digits.length() > MAX_DIGITS || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return NOT_A_COUNT;
        }
        long count = Long.parseLong(digits);
        return count <= MAX_BYTES ? new Bytes(count) : NOT_A_COUNT;
    }
}
