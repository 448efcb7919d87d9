// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.operations;

import io.portcullis.Connection;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Shows all viewers the same, once in a while. While there is no viewer nothing is made. */
final class Feed implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Feed.class);

    private final Supplier<String> frames;
    private final Set<EventStream> viewers = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(body -> {
        Thread thread = new Thread(body, "portcullis-samples-dashboard");
        thread.setDaemon(true);
        return thread;
    });

    /**
     * Begins.
     *
     * @param frames what is to be seen now; asked on one thread
     * @param tick how often
     */
    Feed(Supplier<String> frames, Duration tick) {
        this.frames = frames;
        var unused = clock.scheduleAtFixedRate(this::show, tick.toMillis(), tick.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * A viewer comes, and stays until his connection ends.
     *
     * @param viewer his connection, on which the head of the answer is written
     * @param greeting what only he is told, before all others
     */
    void watch(Connection viewer, String greeting) {
        EventStream stream = new EventStream(viewer);
        stream.offer(greeting);
        viewers.add(stream);
        var unused = viewer.closed().whenComplete((reason, failure) -> viewers.remove(stream));
        try {
            clock.execute(this::show);
        } catch (RejectedExecutionException closed) {
            LOG.debug("nothing is shown any more", closed);
        }
    }

    boolean isWatched() {
        return !viewers.isEmpty();
    }

    private void show() {
        if (!isWatched()) {
            return;
        }
        try {
            String frame = frames.get();
            viewers.forEach(viewer -> viewer.offer(frame));
        } catch (RuntimeException defect) {
            LOG.warn("the dashboard misses a frame", defect);
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
