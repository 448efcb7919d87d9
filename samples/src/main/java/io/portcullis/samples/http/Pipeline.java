// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.portcullis.Connection;
import io.portcullis.samples.http.Answer.Bytes;
import io.portcullis.samples.http.Answer.Echo;
import io.portcullis.samples.http.Answer.Found;
import io.portcullis.samples.http.Answer.Health;
import io.portcullis.samples.http.Answer.Page;
import io.portcullis.samples.http.Answer.Refusal;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one connection, as the parser finds them, and their answers in the same order.
 *
 * <p>Everything runs in the connection's turn. Nothing is read while an answer is streamed, and a stream of the site is
 * the last answer of its connection.
 *
 * <pre>
 *   IDLE -----> HEAD -----> BODY -----> LAST
 *    ^                      |  |
 *    +---- is answered -----+  +------> STREAMING
 *    |                                     |
 *    +------------- has left --------------+        and from every state to ENDED
 * </pre>
 *
 * <p>The connection is closed behind an answer that has said so ({@code Connection: close}; RFC 9112, 9.6) and behind
 * no other. So a client that keeps its connection never has a request on the way to a server that closes it, also while
 * the server stops: its next answer is the last one. What stays idle is closed at the end of the drain, from outside.
 */
final class Pipeline implements HttpParser.RequestHandler {
    private enum State {
        /** Between two requests. */
        IDLE,
        /** The head of a request is read. */
        HEAD,
        /** Its body is read, if it has one; the head has decided what the answer is. */
        BODY,
        /** Its answer is streamed. */
        STREAMING,
        /** The answer is streamed behind which the connection ends, by the site. */
        LAST,
        /** The last answer is given, or there will be none. */
        ENDED
    }

    private static final long HEAD_TIME = TimeUnit.SECONDS.toNanos(30);
    private static final byte[] OK = "ok\n".getBytes(UTF_8);

    private final Connection connection;
    private final Site site;
    private final LongSupplier clock;
    private final Request request = new Request();
    private @Nullable Answer answer;
    private State state = State.IDLE;
    private boolean inputEnded;
    private boolean draining;

    /** What the head of the answer under way has said. */
    private Persistence persistence = Persistence.KEEP;

    private long began;

    Pipeline(Connection connection, Site site, LongSupplier clock) {
        this.connection = connection;
        this.site = site;
        this.clock = clock;
    }

    /** Whether the parser may be given more: no answer is being streamed and the connection is to go on. */
    boolean readsOn() {
        return state.compareTo(State.STREAMING) < 0;
    }

    /** Whether the last answer has been given; what the peer sends after that is of no interest. */
    boolean hasEnded() {
        return state == State.LAST || state == State.ENDED;
    }

    /**
     * Something has come: if a head is still not complete, it may have taken too long (RFC 9110, 15.5.9). Silence is a
     * matter of the connection's idle time.
     */
    void checkTime() {
        if (state == State.HEAD && clock.getAsLong() - began > HEAD_TIME) {
            refuse(
                    new Refusal(Status.REQUEST_TIMEOUT, "the head of the request has taken too long"),
                    Persistence.CLOSE);
        }
    }

    /** The peer has ended its stream: the answer being streamed is still sent, half a request gets none. */
    void endOfInput() {
        inputEnded = true;
        if (state != State.STREAMING) {
            end();
        }
    }

    /** The server drains: the next answer that begins is the last. A stream without an end would be one for ever. */
    void drain() {
        draining = true;
        if (state == State.LAST) {
            end();
        }
    }

    /** Decides what the head that is about to be written says. */
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
        Answer decided = Router.route(request, site, connection);
        answer = decided;
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
        if (answer instanceof Echo) {
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
        Answer decided = answer;
        answer = null;
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
            answered(persistence);
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
     * The body's framing is wrong: nothing that follows can be understood, and an echo that has begun stays incomplete.
     */
    @Override
    public void earlyEOF() {
        if (answer instanceof Echo) {
            end();
        } else {
            refuse(new Refusal(Status.BAD_REQUEST, "the request's body is malformed"), Persistence.CLOSE);
        }
    }

    /** A client that waits for 100 Continue must not send; after the others no framing can be relied on. */
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
        answered(then);
    }

    private void resource(Resource resource) {
        if (resource instanceof Resource.Document document) {
            ResponseWriter.document(connection, document, request.isHead(), decide());
            answered(persistence);
        } else if (resource instanceof Resource.Stream stream) {
            ResponseWriter.head(connection, stream);
            if (request.isHead() || draining) {
                answered(Persistence.CLOSE);
            } else {
                become(State.LAST);
                stream.writer().accept(connection);
            }
        }
    }

    private void bytes(long count) {
        ResponseWriter.head(connection, count, decide());
        if (request.isHead() || count == 0) {
            answered(persistence);
        } else if (count <= ByteStream.BLOCK) {
            ByteStream.writeAtOnce(connection, (int) count);
            answered(persistence);
        } else {
            become(State.STREAMING);
            connection.pause();
            new ByteStream(connection, count, this::streamed).start();
        }
    }

    private void streamed() {
        become(State.IDLE);
        answered(persistence);
        if (inputEnded) {
            end();
        }
        connection.resume();
    }

    private void answered(Persistence said) {
        site.answered(clock.getAsLong() - began);
        if (said == Persistence.CLOSE) {
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
