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
 * HTTP/1.1 (RFC 9112) over a connection, plain or TLS.
 *
 * <p>Requests are answered in order. While a long response is being streamed, the connection is paused and further
 * requests stay unread, so that a client that pipelines cannot make the server queue responses. The same holds for a
 * client that sends many requests for short responses and does not read them. A request head that is not complete
 * within half a minute times out, however steadily it drips.
 */
public final class HttpHandler extends StatefulHandler {
    private static final int MAX_HEAD_BYTES = 16 * 1024;

    private final Site site;
    private final LongSupplier clock;
    private @Nullable Pipeline pipeline;
    private @Nullable HttpParser parser;

    /** Creates the handler for one connection. */
    public HttpHandler() {
        this(Site.NONE);
    }

    /**
     * Creates the handler for one connection.
     *
     * @param site the resources served in addition to the built-in ones
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
        // If a client keeps sending requests without reading the responses, its further requests stay unread.
        while (data.hasRemaining() && requests.readsOn() && connection.receiving()) {
            parse(reader, data);
        }
        requests.checkTime();
        if (requests.hasEnded()) {
            data.position(data.limit());
        }
    }

    /**
     * Sends one more response, marked as the last, and then closes the connection. An idle connection stays open until
     * the server's deadline: its client cannot know yet that it must not be used, and may be sending a request right
     * now.
     */
    @Override
    public void onDrain(Connection connection) {
        Objects.requireNonNull(pipeline).drain();
    }

    @Override
    public void onEndOfInput(Connection connection) {
        Objects.requireNonNull(pipeline).endOfInput();
    }

    /** Parses up to the end of one request; after a failure the parser has set the buffer's limit to 0. */
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
