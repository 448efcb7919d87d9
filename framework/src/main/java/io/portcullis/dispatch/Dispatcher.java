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
 * Owns the threads, the deadlines and the buffers shared by any number of servers and clients. An application usually
 * has one dispatcher:
 *
 * <pre>{@code
 * Dispatcher dispatcher = Dispatcher.builder().name("mail").threads(4).build();
 * Server server = Server.builder(dispatcher)...start();
 * Client client = Client.builder(dispatcher)...build();
 * ...
 * dispatcher.drain(Duration.ofSeconds(10)).join(); // server first, then client, then the threads
 * }</pre>
 *
 * <p>The threads are those of one {@link java.nio.channels.AsynchronousChannelGroup}. They deliver completions and run
 * every callback of a handler. They are daemon threads if the dispatcher is built on a daemon thread; built on any
 * other thread, such as that of {@code main}, an open dispatcher keeps the process alive.
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
     * Creates a dispatcher with the default settings: one thread per processor, at least two.
     *
     * @return the dispatcher
     * @throws IOException if the channel group cannot be created
     */
    public static Dispatcher create() throws IOException {
        return builder().build();
    }

    /**
     * Returns a builder of dispatchers.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    GroupMachine machine() {
        return machine;
    }

    /** Returns the connector of the sockets of this group. */
    Connector connector() {
        return connector;
    }

    /** Returns a connector that sets the given socket options. */
    Connector connector(SocketOptions chosen) {
        return chosen.settings().isEmpty()
                ? connector
                : new SocketConnector(machine, SocketOptions.CONNECTION.overriddenBy(chosen));
    }

    /** A server or a client, as seen by its dispatcher. */
    interface Door {
        /** Returns the state shared by its connections. */
        Endpoint endpoint();

        /** Closes its connections gracefully and refuses new ones. */
        void close();

        /** Aborts its connections immediately. */
        default void abort() {
            close();
            endpoint().abort();
        }

        /**
         * Drains a server. Does nothing by default: a client, which the servers may need during the drain, is closed
         * afterwards.
         *
         * @return completes when the drain has ended
         */
        default CompletableFuture<Void> drain(Duration deadline) {
            return CompletableFuture.completedFuture(null);
        }

        /** Returns how many connects wait for admission; 0 by default. */
        default int connectsWaiting() {
            return 0;
        }
    }

    /** Registers a server or a client, which is then closed with the dispatcher. */
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
     * Returns the current state and the counters of the dispatcher.
     *
     * @return the statistics
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
     * Closes every server and client, including their connections, gracefully, and then ends the threads. Does not
     * wait; {@link #closed()} completes at the end. May be called any number of times.
     *
     * <p>Pending writes are sent first, so a peer that reads slowly or not at all delays the end for as long as its
     * connection may last: until {@code closeTimeout}, or as long as {@code writeTimeout} allows with a large send
     * buffer. {@link #drain(Duration)} bounds the time, to one second with a deadline of 0.
     */
    @Override
    public void close() {
        closing = true;
        CompletableFuture<?>[] ends = endpoints().map(Endpoint::closed).toArray(CompletableFuture<?>[]::new);
        doors.forEach(Door::close);
        var unused = CompletableFuture.allOf(ends).thenRun(machine::end);
    }

    /**
     * Shuts down gracefully: drains every server ({@link Server#drain}), then closes the clients, which the servers may
     * need during the drain, and then ends the threads. Connections that have not ended half a second after the clients
     * were closed are aborted, so the shutdown is complete one second after the deadline, whatever the peers do. Does
     * not wait.
     *
     * @param deadline how long connections of servers may continue
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
     * Returns a future that completes when the last thread has ended. Dependent stages run on that thread, or on the
     * caller's.
     *
     * @return the future
     */
    public CompletableFuture<Void> closed() {
        return machine.crews().ended();
    }

    /** A builder of dispatchers. */
    public static final class Builder {
        private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

        private String name = "portcullis";
        private int threads = Math.max(2, PROCESSORS);
        private int taskThreads = Math.max(2, PROCESSORS);
        private BufferPool buffers = BufferPool.create();

        Builder() {}

        /**
         * Sets the prefix of the thread names: {@code portcullis} by default.
         *
         * @param prefix the prefix
         * @return this
         */
        public Builder name(String prefix) {
            this.name = Objects.requireNonNull(prefix, "prefix");
            return this;
        }

        /**
         * Sets the number of threads that deliver completions and run callbacks: the number of processors by default,
         * at least 2. With a single thread, a callback that blocks stops all connections.
         *
         * @param count at least 1
         * @return this
         */
        public Builder threads(int count) {
            this.threads = atLeastOne("threads", count);
            return this;
        }

        /**
         * Sets the number of threads for each kind of task that may block: the number of processors by default, at
         * least 2. There are three kinds, each with its own threads: TLS tasks of profiles whose tasks may block,
         * together with certificate checks and reports of blocked threads; file reads; and name lookups, which have at
         * least 8 threads. A thread that has been idle for 30 seconds ends.
         *
         * <p>Up to 10,000 tasks of each kind may wait; further ones are refused. A refused handshake or connect ends
         * with {@link io.portcullis.CloseReason#ADMISSION_REFUSED}, a refused file with
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
         * Sets the buffer pool; by default, the dispatcher has its own.
         *
         * @param pool the pool, which may be shared with other dispatchers
         * @return this
         */
        public Builder buffers(BufferPool pool) {
            this.buffers = Objects.requireNonNull(pool, "pool");
            return this;
        }

        /**
         * Builds the dispatcher and starts its threads.
         *
         * @return the dispatcher
         * @throws IOException if the channel group cannot be created
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
