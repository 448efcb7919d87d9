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

/** Sends the same frames to all viewers periodically. While there is no viewer, no frame is produced. */
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
     * Starts the feed.
     *
     * @param frames supplies the current frame; called on one thread
     * @param tick the interval between frames
     */
    Feed(Supplier<String> frames, Duration tick) {
        this.frames = frames;
        var unused = clock.scheduleAtFixedRate(this::show, tick.toMillis(), tick.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Adds a viewer, which stays until its connection ends.
     *
     * @param viewer the viewer's connection, on which the head of the response has been written
     * @param greeting an event for this viewer only, sent before all others
     */
    void watch(Connection viewer, String greeting) {
        EventStream stream = new EventStream(viewer);
        stream.offer(greeting);
        viewers.add(stream);
        var unused = viewer.closed().whenComplete((reason, failure) -> viewers.remove(stream));
        try {
            clock.execute(this::show);
        } catch (RejectedExecutionException closed) {
            LOG.debug("the dashboard feed has stopped", closed);
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
            LOG.warn("the dashboard feed skipped a frame", defect);
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
