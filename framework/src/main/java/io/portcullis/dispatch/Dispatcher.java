// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.buffer.BufferPool;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;

/**
 * Owns the threads, the deadlines and the buffers that any number of servers and clients share.
 *
 * <p>The threads are those of one {@link java.nio.channels.AsynchronousChannelGroup}: they deliver completions, and every
 * callback of a handler runs on one of them. They are daemons if the thread is one that builds the dispatcher; built on any other, such
 * as that of {@code main}, an open dispatcher keeps its process alive.
 */
public final class Dispatcher implements AutoCloseable {
    private final GroupMachine machine;
    private final Connector connector;
    private final List<Endpoint> endpoints = new CopyOnWriteArrayList<>();
    private final List<AutoCloseable> doors = new CopyOnWriteArrayList<>();
    private final LongAdder failuresBefore = new LongAdder();
    private volatile boolean closing;

    private Dispatcher(Builder builder) throws IOException {
        machine = new GroupMachine(
                builder.name, builder.threads, builder.taskThreads, builder.buffers, SocketTransport::someHalfClosed);
        connector = new SocketConnector(machine);
    }

    /**
     * A dispatcher with default settings: two threads, or one per processor if there are more.
     *
     * @return the dispatcher
     * @throws IOException if the system gives no channel group
     */
    public static Dispatcher create() throws IOException {
        return builder().build();
    }

    /**
     * Starts the settings of a dispatcher.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    GroupMachine machine() {
        return machine;
    }

    /** Connects sockets of its group. */
    Connector connector() {
        return connector;
    }

    /** A new endpoint; the door that it belongs to is closed with the dispatcher. */
    void register(Endpoint endpoint, AutoCloseable door) {
        endpoints.add(endpoint);
        doors.add(door);
        var unused = endpoint.closed().thenRun(() -> {
            failuresBefore.add(endpoint.handlerFailures());
            endpoints.remove(endpoint);
            doors.remove(door);
        });
        if (closing) {
            close();
        }
    }

    /**
     * The state at this moment.
     *
     * @return the figures
     */
    public DispatcherStatistics statistics() {
        return new DispatcherStatistics(
                machine.threads(),
                endpoints.stream().mapToInt(Endpoint::connections).sum(),
                endpoints.stream()
                                .mapToInt(endpoint -> endpoint.admission().queued())
                                .sum()
                        + doors.stream().mapToInt(Dispatcher::connectsWaiting).sum(),
                failuresBefore.sum()
                        + endpoints.stream()
                                .mapToLong(Endpoint::handlerFailures)
                                .sum(),
                machine.buffers().statistics(),
                machine.watch().turns(),
                machine.watch().ready(),
                machine.watch().stalls(),
                machine.waiting(Work.TASK),
                machine.waiting(Work.LOOK_UP),
                machine.waiting(Work.FILE));
    }

    private static int connectsWaiting(AutoCloseable door) {
        return door instanceof Client client ? client.dialer().admission.queued() : 0;
    }

    /**
     * Closes every server and client, each of their connections in order, and then the threads. Does not wait;
     * {@link #closed()} tells when it is done. May be called any number of times.
     *
     * <p>What was written is sent first, so a peer that takes it slowly, or not at all, holds up the end for as long as its connection
     * may last: until {@code closeTimeout}, or as long as {@code writeTimeout} allows behind a large send buffer.
     * {@link #drain(Duration)} bounds the time, with a deadline of 0 to a second.
     */
    @Override
    public void close() {
        closing = true;
        CompletableFuture<?>[] ends = endpoints.stream().map(Endpoint::closed).toArray(CompletableFuture<?>[]::new);
        for (AutoCloseable door : doors) {
            try {
                door.close();
            } catch (Exception impossible) {
                throw new IllegalStateException(impossible);
            }
        }
        var unused = CompletableFuture.allOf(ends).thenRun(machine::end);
    }

    /**
     * Drains every server ({@link Server#drain}), then closes the clients, which the servers may have needed, and then the threads. What
     * has not ended half a second after the clients were closed is cut, so that all is over a second after the deadline, whatever peers
     * do. Does not wait.
     *
     * @param deadline how long connections of servers may go on
     * @return completes when the last thread has ended, as {@link #closed()} does
     */
    public CompletableFuture<Void> drain(Duration deadline) {
        CompletableFuture<?>[] servers = doors.stream()
                .filter(Server.class::isInstance)
                .map(door -> ((Server) door).drain(deadline))
                .toArray(CompletableFuture<?>[]::new);
        var unused = CompletableFuture.allOf(servers).thenRun(() -> {
            close();
            Future<?> end = machine.schedule(() -> machine.run(this::abortClients), Server.LAST_WORDS.toNanos());
            var unusedToo = closed().thenRun(() -> end.cancel(false));
        });
        return closed();
    }

    private void abortClients() {
        for (AutoCloseable door : doors) {
            if (door instanceof Client client) {
                client.abort();
            }
        }
    }

    /**
     * Completes when the last thread has ended. Code that depends on it runs on that thread, or on the caller's.
     *
     * @return the future
     */
    public CompletableFuture<Void> closed() {
        return machine.ended();
    }

    /** Settings of a dispatcher. */
    public static final class Builder {
        private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

        private String name = "portcullis";
        private int threads = Math.max(2, PROCESSORS);
        private int taskThreads = Math.max(2, PROCESSORS);
        private BufferPool buffers = BufferPool.create();

        Builder() {}

        /**
         * Sets what the names of the threads begin with; {@code portcullis} by default.
         *
         * @param prefix the beginning
         * @return this
         */
        public Builder name(String prefix) {
            this.name = prefix;
            return this;
        }

        /**
         * Sets the number of threads that deliver completions. With one, a callback that blocks stops everything.
         *
         * @param count at least 1
         * @return this
         */
        public Builder threads(int count) {
            this.threads = atLeastOne("threads", count);
            return this;
        }

        /**
         * Sets the number of threads for each sort of task that may block; no sort waits for another. There are three: the TLS tasks
         * of profiles whose tasks may block, together with looks at certificates and reports of held threads; reads of files; and
         * look-ups of names, which have 8 threads at least. By default as many as there are processors, at least 2. A thread that has
         * nothing to do for 30 seconds ends.
         *
         * <p>Of each sort 10,000 tasks may wait; one more is refused. A handshake or a connect then ends with
         * {@link io.portcullis.CloseReason#ADMISSION_REFUSED}, a file with {@link io.portcullis.CloseReason#FILE_FAILED}.
         *
         * @param count at least 1
         * @return this
         */
        public Builder taskThreads(int count) {
            this.taskThreads = atLeastOne("taskThreads", count);
            return this;
        }

        /**
         * Sets the pool that lends the buffers.
         *
         * @param pool the pool, which may be shared
         * @return this
         */
        public Builder buffers(BufferPool pool) {
            this.buffers = pool;
            return this;
        }

        /**
         * Makes the dispatcher and starts its threads.
         *
         * @return the dispatcher
         * @throws IOException if the system gives no channel group
         */
        public Dispatcher build() throws IOException {
            return new Dispatcher(this);
        }

        private static int atLeastOne(String what, int count) {
            if (count < 1) {
                throw new IllegalArgumentException(what + " must be at least 1, not " + count);
            }
            return count;
        }
    }
}
