// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import io.portcullis.Connection;
import io.portcullis.samples.http.Answer.Bytes;
import io.portcullis.samples.http.Answer.Echo;
import io.portcullis.samples.http.Answer.Found;
import io.portcullis.samples.http.Answer.Health;
import io.portcullis.samples.http.Answer.Page;
import io.portcullis.samples.http.Answer.Refusal;
import org.jspecify.annotations.Nullable;

/** Decides from a request's head what the answer is. */
final class Router {
    /** The most that {@code /bytes/N} gives: 1 GiB. */
    static final long MAX_BYTES = 1L << 30;

    private static final String BYTES = "/bytes/";
    private static final int MAX_DIGITS = 10;
    private static final Answer PAGE = new Page();
    private static final Answer HEALTH = new Health();
    private static final Answer ECHO = new Echo();
    private static final Answer ONLY_READ =
            new Refusal(Status.METHOD_NOT_ALLOWED, "GET, HEAD", "only GET and HEAD are allowed here");
    private static final Answer ONLY_POST = new Refusal(Status.METHOD_NOT_ALLOWED, "POST", "only POST is allowed here");
    private static final Answer NOT_FOUND =
            new Refusal(Status.NOT_FOUND, "there is nothing here; try /, /health, /bytes/N or POST /echo");
    private static final Answer NOT_A_COUNT =
            new Refusal(Status.BAD_REQUEST, "write /bytes/N with N from 0 to " + MAX_BYTES);
    private static final Answer OLD_OR_NEW =
            new Refusal(Status.VERSION_NOT_SUPPORTED, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    private static final Answer CHUNKED_10 =
            new Refusal(Status.BAD_REQUEST, "HTTP/1.0 has no transfer codings (RFC 9112, 6.1)");
    private static final Answer UNKNOWN_CODING =
            new Refusal(Status.NOT_IMPLEMENTED, "the only transfer coding known here is chunked (RFC 9112, 6.1)");
    private static final Answer EXPECTATION =
            new Refusal(Status.EXPECTATION_FAILED, "the only expectation known here is 100-continue");

    private Router() {}

    /**
     * Decides.
     *
     * @param request of which the whole head is known
     * @param site what there is besides
     * @param connection over which it came
     * @return the answer
     */
    static Answer route(Request request, Site site, Connection connection) {
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

    private static Answer found(Request request, @Nullable Resource resource) {
        if (resource == null) {
            return NOT_FOUND;
        }
        return request.reads() ? new Found(resource) : ONLY_READ;
    }

    private static Answer bytes(Request request) {
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
