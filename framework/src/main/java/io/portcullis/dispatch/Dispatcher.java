// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.buffer.BufferPool;
import io.portcullis.internal.endpoint.Announcer;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.internal.loop.GroupMachine;
import io.portcullis.internal.loop.Work;
import io.portcullis.internal.wire.Connector;
import io.portcullis.internal.wire.SocketConnector;
import io.portcullis.internal.wire.SocketOptions;
import io.portcullis.internal.wire.SocketTransport;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * Owns the threads, the deadlines and the buffers that any number of servers and clients share.
 *
 * <p>The threads are those of one {@link java.nio.channels.AsynchronousChannelGroup}: they deliver completions, and
 * every callback of a handler runs on one of them. They are daemons if the thread is one that builds the dispatcher;
 * built on any other, such as that of {@code main}, an open dispatcher keeps its process alive.
 */
public final class Dispatcher implements AutoCloseable {
    private final GroupMachine machine;
    private final Connector connector;
    private final List<Door> doors = new CopyOnWriteArrayList<>();
    private final LongAdder failuresBefore = new LongAdder();
    private volatile boolean closing;

    private Dispatcher(Builder builder) throws IOException {
        machine = new GroupMachine(
                builder.name, builder.threads, builder.taskThreads, builder.buffers, SocketTransport::someHalfClosed);
        connector = new SocketConnector(machine, SocketOptions.CONNECTION);
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

    /** The same, with options that were chosen for the sockets. */
    Connector connector(SocketOptions chosen) {
        return chosen.settings().isEmpty()
                ? connector
                : new SocketConnector(machine, SocketOptions.CONNECTION.overriddenBy(chosen));
    }

    /** A server or a client, as its dispatcher knows it. */
    interface Door {
        /** What its connections have in common. */
        Endpoint endpoint();

        /** Closes its connections in order, and takes no more. */
        void close();

        /** Ends its connections at once. */
        default void abort() {
            close();
            endpoint().abort();
        }

        /**
         * Drains a server. A client, which a server may need meanwhile, is closed afterwards: by default nothing
         * happens.
         *
         * @return completes when what was to be drained has ended
         */
        default CompletableFuture<Void> drain(Duration deadline) {
            return CompletableFuture.completedFuture(null);
        }

        /** How many connects wait for admission; by default it makes none. */
        default int connectsWaiting() {
            return 0;
        }
    }

    /** Something new, which is closed with the dispatcher. */
    void register(Door door) {
        doors.add(door);
        var unused = door.endpoint().closed().thenRun(() -> {
            failuresBefore.add(door.endpoint().audience().handlerFailures());
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
                machine.crews().threads(),
                endpoints().mapToInt(Endpoint::connections).sum(),
                endpoints().mapToInt(endpoint -> endpoint.admission().queued()).sum()
                        + doors.stream().mapToInt(Door::connectsWaiting).sum(),
                failuresBefore.sum()
                        + endpoints()
                                .map(Endpoint::audience)
                                .mapToLong(Announcer::handlerFailures)
                                .sum(),
                machine.buffers().statistics(),
                machine.watch().turns(),
                machine.watch().ready(),
                machine.watch().stalls(),
                machine.waiting(Work.TASK),
                machine.waiting(Work.LOOK_UP),
                machine.waiting(Work.FILE));
    }

    private Stream<Endpoint> endpoints() {
        return doors.stream().map(Door::endpoint);
    }

    /**
     * Closes every server and client, each of their connections in order, and then the threads. Does not wait;
     * {@link #closed()} tells when it is done. May be called any number of times.
     *
     * <p>What was written is sent first, so a peer that takes it slowly, or not at all, holds up the end for as long as
     * its connection may last: until {@code closeTimeout}, or as long as {@code writeTimeout} allows behind a large
     * send buffer. {@link #drain(Duration)} bounds the time, with a deadline of 0 to a second.
     */
    @Override
    public void close() {
        closing = true;
        CompletableFuture<?>[] ends = endpoints().map(Endpoint::closed).toArray(CompletableFuture<?>[]::new);
        doors.forEach(Door::close);
        var unused = CompletableFuture.allOf(ends).thenRun(machine::end);
    }

    /**
     * Drains every server ({@link Server#drain}), then closes the clients, which the servers may have needed, and then
     * the threads. What has not ended half a second after the clients were closed is cut, so that all is over a second
     * after the deadline, whatever peers do. Does not wait.
     *
     * @param deadline how long connections of servers may go on
     * @return completes when the last thread has ended, as {@link #closed()} does
     */
    public CompletableFuture<Void> drain(Duration deadline) {
        CompletableFuture<?>[] drained =
                doors.stream().map(door -> door.drain(deadline)).toArray(CompletableFuture<?>[]::new);
        var unused = CompletableFuture.allOf(drained).thenRun(() -> {
            close();
            Future<?> end = machine.schedule(
                    () -> machine.run(() -> doors.forEach(Door::abort)), Endpoint.LAST_WORDS.toNanos());
            var unusedToo = closed().thenRun(() -> end.cancel(false));
        });
        return closed();
    }

    /**
     * Completes when the last thread has ended. Code that depends on it runs on that thread, or on the caller's.
     *
     * @return the future
     */
    public CompletableFuture<Void> closed() {
        return machine.crews().ended();
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
            this.name = Objects.requireNonNull(prefix, "prefix");
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
         * Sets the number of threads for each sort of task that may block; no sort waits for another. There are three:
         * the TLS tasks of profiles whose tasks may block, together with looks at certificates and reports of held
         * threads; reads of files; and look-ups of names, which have 8 threads at least. By default as many as there
         * are processors, at least 2. A thread that has nothing to do for 30 seconds ends.
         *
         * <p>Of each sort 10,000 tasks may wait; one more is refused. A handshake or a connect then ends with
         * {@link io.portcullis.CloseReason#ADMISSION_REFUSED}, a file with
         * {@link io.portcullis.CloseReason#FILE_FAILED}.
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
            this.buffers = Objects.requireNonNull(pool, "pool");
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
