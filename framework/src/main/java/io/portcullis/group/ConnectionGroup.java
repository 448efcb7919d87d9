// SPDX-License-Identifier: Apache-2.0
package io.portcullis.group;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.Collections;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A set of open connections that receive the same messages. Connections of any servers, clients and dispatchers may be
 * members, plain and TLS, and a connection may be in any number of groups. All methods may be called from any thread,
 * also within callbacks, and none blocks.
 *
 * <p><b>Membership.</b> A connection is a member from {@link #add} until {@link #remove}, or until it has ended: then
 * it is removed automatically, after its {@code onClose}. It is best added in {@code onOpen}. A closed group accepts no
 * members: a connection that is added too late is closed, so that none is overlooked.
 *
 * <p><b>Broadcasts.</b> Every connection that is a member during the whole of a call is written to exactly once. The
 * messages of one thread reach each member in the order of the calls; those of several threads are not ordered against
 * each other, but each is contiguous. A connection that is added or removed during the call may or may not receive the
 * message.
 *
 * <p><b>Memory.</b> A message is copied once, to the heap, however many members there are: when the method returns, the
 * buffer has been consumed as by {@link Connection#write(ByteBuffer)}, and may be lent, pooled or reused. All members
 * share the copy, and each keeps only its position in it; messages below 2 KiB are copied once more by each member,
 * which sends them together with adjacent writes. A TLS member encrypts the copy separately. The garbage collector
 * frees the copy when the last member is done with it, so nothing has to be counted or released. It is deliberately not
 * a direct buffer: the JVM frees a direct buffer long after its last use, and may block the thread that allocates the
 * next one, which a dispatcher thread must not; and a pooled buffer could not safely be reused after a connection has
 * failed, because the system may still be reading it. A direct buffer would save a copy of at most one network buffer
 * per socket write, which is little compared to that write.
 *
 * <p><b>Slow members.</b> A member that does not read would keep each message in memory. Before a message is written to
 * a member whose {@linkplain Connection#pendingBytes() pending bytes} exceed {@link Builder#pendingLimit pendingLimit},
 * {@link SlowMembers} decides. So a member holds at most the limit plus one message for each thread that broadcasts at
 * the same time.
 */
public final class ConnectionGroup implements Iterable<Connection>, AutoCloseable {
    private final long pendingLimit;
    private final SlowMembers slowMembers;

    /** Each member, with the future by which the group detects its end. */
    private final Map<Connection, CompletableFuture<CloseReason>> members = new ConcurrentHashMap<>();

    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private final Sent completion = new Sent();
    private final LongAdder broadcasts = new LongAdder();
    private final LongAdder written = new LongAdder();
    private final LongAdder skipped = new LongAdder();
    private final LongAdder closed = new LongAdder();
    private volatile boolean closing;

    private ConnectionGroup(Builder builder) {
        this.pendingLimit = builder.pendingLimit;
        this.slowMembers = builder.slowMembers;
    }

    /**
     * Creates a group with default settings: a member with more than 1 MiB pending is closed.
     *
     * @return the group, without members
     */
    public static ConnectionGroup create() {
        return builder().build();
    }

    /**
     * Returns a builder of groups.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    // Members:

    /**
     * Adds a connection. If the group is closed, the connection is closed instead.
     *
     * @param connection the connection; if it has ended, it is removed again immediately
     * @return whether this call has made it a member
     */
    public boolean add(Connection connection) {
        CompletableFuture<CloseReason> ended = connection.closed();
        if (members.putIfAbsent(connection, ended) != null) {
            ended.cancel(false);
            return false;
        }
        var unused = ended.whenComplete((reason, removed) -> leave(connection, ended));
        if (closing) {
            remove(connection);
            connection.close();
            return false;
        }
        return true;
    }

    /**
     * Removes a connection without closing it. Earlier broadcasts are still sent to it.
     *
     * @param connection the connection
     * @return whether it was a member
     */
    public boolean remove(Connection connection) {
        CompletableFuture<CloseReason> ended = members.get(connection);
        if (ended == null || !leave(connection, ended)) {
            return false;
        }
        ended.cancel(false); // or the connection would remember it until its end
        return true;
    }

    private boolean leave(Connection connection, CompletableFuture<CloseReason> ended) {
        boolean was = members.remove(connection, ended);
        endIfEmpty();
        return was;
    }

    /**
     * Returns whether a connection is currently a member.
     *
     * @param connection the connection
     * @return whether it is a member
     */
    public boolean contains(Connection connection) {
        return members.containsKey(connection);
    }

    /**
     * Returns the current number of members.
     *
     * @return the number
     */
    public int size() {
        return members.size();
    }

    /**
     * Iterates over the members, in no particular order. Connections may be added and removed meanwhile.
     *
     * @return the iterator, which does not support removal
     */
    @Override
    public Iterator<Connection> iterator() {
        return Collections.unmodifiableSet(members.keySet()).iterator();
    }

    // Broadcasts:

    /**
     * Writes a message to all members.
     *
     * @param message the bytes from position to limit, which are consumed
     * @return the number of members it was written to, and of slow members
     */
    public Broadcast writeToAll(ByteBuffer message) {
        return writeTo(member -> true, message);
    }

    /**
     * Writes a message to all members except one, such as its sender.
     *
     * @param sender the connection that does not receive it; need not be a member
     * @param message the bytes from position to limit, which are consumed
     * @return the number of members it was written to, and of slow members
     */
    public Broadcast writeToOthers(Connection sender, ByteBuffer message) {
        return writeTo(member -> !member.equals(sender), message);
    }

    /**
     * Writes a message to the members that satisfy a condition.
     *
     * @param condition evaluated once for each member, on the calling thread. If it throws, so does this method; the
     *     message has then been written to the members that were visited before
     * @param message the bytes from position to limit, which are consumed
     * @return the number of members it was written to, and of slow members
     */
    public Broadcast writeTo(Predicate<? super Connection> condition, ByteBuffer message) {
        ByteBuffer shared =
                ByteBuffer.allocate(message.remaining()).put(message).flip();
        broadcasts.increment();
        int writes = 0;
        int skips = 0;
        int closes = 0;
        for (Connection member : members.keySet()) {
            if (!condition.test(member)) {
                continue;
            }
            SlowMembers slow = member.pendingBytes() > pendingLimit ? slowMembers : SlowMembers.QUEUE;
            switch (slow) {
                case QUEUE -> {
                    writes++;
                    written.increment();
                    member.write(shared, member, completion);
                }
                case SKIP -> {
                    skips++;
                    skipped.increment();
                }
                case CLOSE -> {
                    if (remove(member)) { // counted once, although it takes a while to end
                        closes++;
                        closed.increment();
                    }
                    member.close();
                }
            }
        }
        return new Broadcast(writes, skips, closes);
    }

    /** Counts the result of one write to a member. */
    private static final class Sent implements CompletionHandler<Void, Connection> {
        private final LongAdder sent = new LongAdder();
        private final LongAdder failed = new LongAdder();

        @Override
        public void completed(@Nullable Void none, Connection member) {
            sent.increment();
        }

        @Override
        public void failed(Throwable cause, Connection member) {
            failed.increment();
        }
    }

    /**
     * Returns the counters of the group.
     *
     * @return the statistics
     */
    public GroupStatistics statistics() {
        return new GroupStatistics(
                size(),
                broadcasts.sum(),
                written.sum(),
                completion.sent.sum(),
                completion.failed.sum(),
                skipped.sum(),
                closed.sum());
    }

    // Closing:

    /**
     * Closes every member gracefully ({@link Connection#close()}), and from now on every connection that is added. Does
     * not wait; {@link #closed()} completes at the end. May be called any number of times.
     */
    @Override
    public void close() {
        closing = true;
        members.keySet().forEach(Connection::close);
        endIfEmpty();
    }

    /**
     * Returns a future that completes when the group has been closed and its last member has been removed.
     *
     * @return the future; dependent stages run on the thread where the last member has ended, or on the caller's
     */
    public CompletableFuture<Void> closed() {
        return end.copy();
    }

    private void endIfEmpty() {
        if (closing && members.isEmpty()) {
            end.complete(null);
        }
    }

    /** A builder of groups. */
    public static final class Builder {
        private long pendingLimit = 1 << 20;
        private SlowMembers slowMembers = SlowMembers.CLOSE;

        private Builder() {}

        /**
         * Sets the number of pending bytes above which a member is slow: 1 MiB by default. A larger message is still
         * written to a member that has caught up.
         *
         * @param bytes at least 0
         * @return this
         */
        public Builder pendingLimit(long bytes) {
            if (bytes < 0) {
                throw new IllegalArgumentException("pendingLimit must be at least 0, not " + bytes);
            }
            pendingLimit = bytes;
            return this;
        }

        /**
         * Sets the policy for slow members, which are closed by default.
         *
         * @param policy the policy
         * @return this
         */
        public Builder slowMembers(SlowMembers policy) {
            slowMembers = Objects.requireNonNull(policy, "policy");
            return this;
        }

        /**
         * Builds the group.
         *
         * @return the group, without members
         */
        public ConnectionGroup build() {
            return new ConnectionGroup(this);
        }
    }
}
