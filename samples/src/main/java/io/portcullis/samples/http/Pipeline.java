// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.portcullis.Connection;
import io.portcullis.samples.http.Response.Bytes;
import io.portcullis.samples.http.Response.Echo;
import io.portcullis.samples.http.Response.Found;
import io.portcullis.samples.http.Response.Health;
import io.portcullis.samples.http.Response.Page;
import io.portcullis.samples.http.Response.Refusal;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one connection as the parser delivers them, and their responses in the same order.
 *
 * <p>Everything runs in the connection's turn. Nothing is read while a response is being streamed; a stream of the site
 * is the last response of its connection.
 *
 * <pre>
 *   IDLE -----> HEAD -----> BODY -----> LAST
 *    ^                      |  |
 *    +----- responded ------+  +------> STREAMING
 *    |                                     |
 *    +--------------- sent ----------------+        and from every state to ENDED
 * </pre>
 *
 * <p>The connection is closed after a response that announces it ({@code Connection: close}; RFC 9112, 9.6), and after
 * no other. A client that keeps its connection alive therefore never has a request in flight to a server that closes
 * the connection, not even while the server stops: the next response is the last one. Idle connections are closed by
 * the server at the end of the drain.
 */
final class Pipeline implements HttpParser.RequestHandler {
    private enum State {
        /** Between two requests. */
        IDLE,
        /** Reading the head of a request. */
        HEAD,
        /** Reading the body, if there is one; the response has been decided from the head. */
        BODY,
        /** Streaming the response. */
        STREAMING,
        /** The site is streaming a response that ends with the connection. */
        LAST,
        /** The last response has been written, or there will be none. */
        ENDED
    }

    private static final long HEAD_TIME = TimeUnit.SECONDS.toNanos(30);
    private static final byte[] OK = "ok\n".getBytes(UTF_8);

    private final Connection connection;
    private final Site site;
    private final LongSupplier clock;
    private final Request request = new Request();
    private @Nullable Response response;
    private State state = State.IDLE;
    private boolean inputEnded;
    private boolean draining;

    /** The persistence announced in the head of the current response. */
    private Persistence persistence = Persistence.KEEP;

    private long began;

    Pipeline(Connection connection, Site site, LongSupplier clock) {
        this.connection = connection;
        this.site = site;
        this.clock = clock;
    }

    /**
     * Returns whether the parser may be given more input: no response is being streamed and the connection persists.
     */
    boolean readsOn() {
        return state.compareTo(State.STREAMING) < 0;
    }

    /** Returns whether the last response has been written; further input from the peer is ignored. */
    boolean hasEnded() {
        return state == State.LAST || state == State.ENDED;
    }

    /**
     * Called when bytes have arrived: if a head is still incomplete, it may have taken too long (RFC 9110, 15.5.9). A
     * silent peer is handled by the idle timeout of the connection.
     */
    void checkTime() {
        if (state == State.HEAD && clock.getAsLong() - began > HEAD_TIME) {
            refuse(
                    new Refusal(Status.REQUEST_TIMEOUT, "the head of the request has taken too long"),
                    Persistence.CLOSE);
        }
    }

    /** Called when the peer has ended its stream: a response being streamed is still sent, half a request gets none. */
    void endOfInput() {
        inputEnded = true;
        if (state != State.STREAMING) {
            end();
        }
    }

    /**
     * Called when the server drains: the next response is the last. A stream of the site, which has no end, is closed.
     */
    void drain() {
        draining = true;
        if (state == State.LAST) {
            end();
        }
    }

    /** Decides the persistence to announce in the head that is about to be written. */
    private Persistence decide() {
        persistence = draining || site.stopping() ? Persistence.CLOSE : request.persistence();
        return persistence;
    }

    @Override
    public void messageBegin() {
        become(State.HEAD);
        began = clock.getAsLong();
        request.start("", "/", null);
    }

    @Override
    public void startRequest(String method, String target, @Nullable HttpVersion version) {
        request.start(method, target, version);
    }

    @Override
    public void parsedHeader(HttpField field) {
        request.field(field);
    }

    @Override
    public boolean headerComplete() {
        become(State.BODY);
        Response decided = Router.route(request, site, connection);
        response = decided;
        if (decided instanceof Refusal refusal && mustNotReadOn(refusal)) {
            refuse(refusal, Persistence.CLOSE);
            return true;
        }
        if (request.expectsContinue()) {
            ResponseWriter.proceed(connection);
        }
        if (decided instanceof Echo) {
            ResponseWriter.head(
                    connection, request.chunked() ? ResponseWriter.CHUNKED : request.contentLength(), decide());
        }
        return false;
    }

    @Override
    public boolean content(ByteBuffer content) {
        request.addBodyBytes(content.remaining());
        if (response instanceof Echo) {
            if (request.chunked()) {
                ResponseWriter.chunk(connection, content);
            } else {
                connection.write(content);
            }
        }
        return false;
    }

    @Override
    public boolean contentComplete() {
        return false;
    }

    @Override
    public boolean messageComplete() {
        Response decided = response;
        response = null;
        become(State.IDLE);
        if (decided instanceof Refusal refusal) {
            refuse(refusal, decide());
        } else if (decided instanceof Page) {
            text(Status.OK, "", InfoPage.of(connection, request.bodyBytes()), decide());
        } else if (decided instanceof Health) {
            text(Status.OK, "", OK, decide());
        } else if (decided instanceof Found found) {
            resource(found.resource());
        } else if (decided instanceof Bytes bytes) {
            bytes(bytes.count());
        } else if (decided instanceof Echo) {
            if (request.chunked()) {
                ResponseWriter.lastChunk(connection);
            }
            completed(persistence);
        }
        return true;
    }

    @Override
    public void badMessage(HttpException failure) {
        String reason = failure.getReason();
        Status status = Status.of(failure.getCode());
        refuse(new Refusal(status, reason == null ? status.reason() : reason), Persistence.CLOSE);
    }

    /**
     * Called if the framing of the body is invalid: nothing that follows can be parsed, and an echo that has begun
     * stays incomplete.
     */
    @Override
    public void earlyEOF() {
        if (response instanceof Echo) {
            end();
        } else {
            refuse(new Refusal(Status.BAD_REQUEST, "the request's body is malformed"), Persistence.CLOSE);
        }
    }

    /** Returns whether the body must not be read: the client waits for 100 Continue, or the framing is unreliable. */
    private boolean mustNotReadOn(Refusal refusal) {
        return request.expectsContinue()
                || request.unknownExpectation()
                || request.unknownCoding()
                || refusal.status() == Status.VERSION_NOT_SUPPORTED
                || (request.isHttp10() && request.chunked());
    }

    private void refuse(Refusal refusal, Persistence then) {
        text(refusal.status(), refusal.allowed(), (refusal.detail() + "\n").getBytes(UTF_8), then);
    }

    private void text(Status status, String allowed, byte[] body, Persistence then) {
        ResponseWriter.text(connection, status, allowed, body, request.isHead(), then);
        completed(then);
    }

    private void resource(Resource resource) {
        if (resource instanceof Resource.Document document) {
            ResponseWriter.document(connection, document, request.isHead(), decide());
            completed(persistence);
        } else if (resource instanceof Resource.Stream stream) {
            ResponseWriter.head(connection, stream);
            if (request.isHead() || draining) {
                completed(Persistence.CLOSE);
            } else {
                become(State.LAST);
                stream.writer().accept(connection);
            }
        }
    }

    private void bytes(long count) {
        ResponseWriter.head(connection, count, decide());
        if (request.isHead() || count == 0) {
            completed(persistence);
        } else if (count <= ByteStream.BLOCK) {
            ByteStream.writeAtOnce(connection, (int) count);
            completed(persistence);
        } else {
            become(State.STREAMING);
            connection.pause();
            new ByteStream(connection, count, this::streamed).start();
        }
    }

    private void streamed() {
        become(State.IDLE);
        completed(persistence);
        if (inputEnded) {
            end();
        }
        connection.resume();
    }

    private void completed(Persistence announced) {
        site.answered(clock.getAsLong() - began);
        if (announced == Persistence.CLOSE) {
            end();
        }
    }

    private void become(State next) {
        state = state == State.ENDED ? State.ENDED : next;
    }

    private void end() {
        become(State.ENDED);
        connection.close();
    }
}
