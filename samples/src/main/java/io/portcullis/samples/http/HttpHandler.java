// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import io.portcullis.Connection;
import io.portcullis.StatefulHandler;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.http.HttpParser.State;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 (RFC 9112) over a connection, which may be plain or TLS: it does not care.
 *
 * <p>Requests are answered in the order in which they come. While a long answer is being streamed the connection is
 * paused and the bytes of further requests stay unread, so a client that pipelines cannot make the server queue
 * answers; nor can one that asks for many short ones and reads none. A head that does not come to its end within half a
 * minute is not waited for, however steadily it drips.
 */
public final class HttpHandler extends StatefulHandler {
    private static final int MAX_HEAD_BYTES = 16 * 1024;

    private final Site site;
    private final LongSupplier clock;
    private @Nullable Pipeline pipeline;
    private @Nullable HttpParser parser;

    /** Makes the handler of one connection. */
    public HttpHandler() {
        this(Site.NONE);
    }

    /**
     * Makes the handler of one connection.
     *
     * @param site what there is besides
     */
    public HttpHandler(Site site) {
        this(site, System::nanoTime);
    }

    HttpHandler(Site site, LongSupplier clock) {
        this.site = site;
        this.clock = clock;
    }

    @Override
    public void onOpen(Connection connection) {
        pipeline = new Pipeline(connection, site, clock);
        parser = new HttpParser(pipeline, MAX_HEAD_BYTES, HttpCompliance.RFC9110);
    }

    @Override
    public void onData(Connection connection, ByteBuffer data) {
        Pipeline requests = Objects.requireNonNull(pipeline);
        HttpParser reader = Objects.requireNonNull(parser);
        // A client that asks on and on without reading is not served on: what it has sent stays unread.
        while (data.hasRemaining() && requests.readsOn() && connection.receiving()) {
            parse(reader, data);
        }
        requests.checkTime();
        if (requests.hasEnded()) {
            data.position(data.limit());
        }
    }

    /**
     * Answers once more, tells the client that it was the last time, and then closes. A connection that is idle stays
     * open until the server's deadline: its client cannot know yet that it must not be used, and may be using it at
     * this moment.
     */
    @Override
    public void onDrain(Connection connection) {
        Objects.requireNonNull(pipeline).drain();
    }

    @Override
    public void onEndOfInput(Connection connection) {
        Objects.requireNonNull(pipeline).endOfInput();
    }

    /** Reads up to the end of one request; after a failure the parser has set the buffer's limit to 0. */
    private static void parse(HttpParser reader, ByteBuffer data) {
        int limit = data.limit();
        reader.parseNext(data);
        if (data.limit() != limit) {
            data.limit(limit).position(limit);
        }
        if (reader.isState(State.END)) {
            reader.reset();
        }
    }
}
