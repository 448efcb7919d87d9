// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The requests of other threads to a connection, in the order in which they were made: a lock-free list with a single
 * consumer. Closing the inbox puts a marker at the bottom of the list: messages added after it are late, and
 * {@link #addInTime} reports that.
 */
public class Inbox {
    private static final VarHandle TOP = Fields.handle(MethodHandles.lookup(), Inbox.class, "top", Message.class);

    /** A request to be carried out in the connection's turn. */
    public abstract static class Message implements Runnable {
        private @Nullable Message next;

        /** Whether the inbox was closed when the message was added. */
        private boolean late;

        public @Nullable Message next() {
            return next;
        }
    }

    private static final Message CLOSED = new Message() {
        @Override
        public void run() {
            throw new IllegalStateException("the marker of a closed inbox is not a message");
        }
    };

    static {
        CLOSED.late = true;
    }

    @SuppressWarnings("unused") // used by TOP
    private volatile @Nullable Message top;

    /** Adds a message. May be called on any thread. */
    public final void add(Message message) {
        var unused = add(message, true);
    }

    /**
     * Adds a message unless the inbox is closed; returns whether it was added. If so, {@link #takeLast} returns it at
     * the latest.
     */
    public final boolean addInTime(Message message) {
        return add(message, false);
    }

    private boolean add(Message message, boolean evenIfLate) {
        Message before;
        do {
            before = top;
            message.late = before != null && before.late;
            if (message.late && !evenIfLate) {
                return false;
            }
            message.next = before;
        } while (!TOP.compareAndSet(this, before, message));
        return true;
    }

    /** Removes all messages and returns the oldest; the others follow by {@link Message#next()}. */
    public final @Nullable Message takeAll() {
        return oldestFirst((Message) TOP.getAndSet(this, null));
    }

    /**
     * Closes the inbox, and removes all messages as {@link #takeAll} does. Messages added from now on are late, and
     * removed in the same way.
     */
    public final @Nullable Message takeLast() {
        return oldestFirst((Message) TOP.getAndSet(this, CLOSED));
    }

    private static @Nullable Message oldestFirst(@Nullable Message taken) {
        Message newestFirst = taken;
        Message oldestFirst = null;
        while (newestFirst != null && newestFirst != CLOSED) {
            Message older = newestFirst.next;
            newestFirst.next = oldestFirst;
            oldestFirst = newestFirst;
            newestFirst = older;
        }
        return oldestFirst;
    }
}
