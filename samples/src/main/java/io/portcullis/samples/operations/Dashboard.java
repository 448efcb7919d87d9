// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.operations;

import io.micrometer.core.instrument.MeterRegistry;
import io.portcullis.dispatch.Server;
import io.portcullis.samples.http.Resource;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A page that shows the activity of the server, updated live by server-sent events. */
final class Dashboard implements AutoCloseable {
    static final String PATH = "/dashboard";

    private static final String EVENTS = PATH + "/events";
    private static final Duration TICK = Duration.ofSeconds(1);

    private final LiveConnections connections = new LiveConnections();
    private final Latencies latencies = new Latencies();
    private final Map<String, Resource> files = Assets.below(PATH);
    private final Frames frames;
    private final Feed feed;
    private final Resource events;

    Dashboard(MeterRegistry meters) {
        frames = new Frames(new Sums(meters), connections, latencies);
        feed = new Feed(frames::next, TICK);
        events = new Resource.Stream(
                "text/event-stream",
                "Cache-Control: no-store\r\n",
                viewer -> feed.watch(viewer, frames.greeting(viewer)));
    }

    /** Lists the connections of a server that is about to start. */
    void observe(Server.Builder server) {
        server.observer(connections);
    }

    /** Called when the response to a request has been written. */
    void answered(long nanos) {
        latencies.add(nanos, feed.isWatched());
    }

    /** Returns the resource at {@link #PATH} or a path below it, or null if there is none. */
    @Nullable
    Resource find(String path) {
        return path.equals(EVENTS) ? events : files.get(path);
    }

    @Override
    public void close() {
        feed.close();
    }
}
