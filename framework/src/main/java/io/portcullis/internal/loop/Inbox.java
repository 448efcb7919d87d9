// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * What other threads ask of a connection, in the order in which they asked: a lock-free list with one reader. When it
 * is closed, a mark lies at the bottom of the list: what is added behind it is late, and whoever adds can tell.
 */
public class Inbox {
    private static final VarHandle TOP = Fields.handle(MethodHandles.lookup(), Inbox.class, "top", Message.class);

    /** Something to do in the connection's turn. */
    public abstract static class Message implements Runnable {
        private @Nullable Message next;

        /** Whether the inbox was closed when it was added. */
        private boolean late;

        public @Nullable Message next() {
            return next;
        }
    }

    private static final Message CLOSED = new Message() {
        @Override
        public void run() {
            throw new IllegalStateException("a mark is no message");
        }
    };

    static {
        CLOSED.late = true;
    }

    @SuppressWarnings("unused") // used by TOP
    private volatile @Nullable Message top;

    /** Adds a message, from any thread. */
    public final void add(Message message) {
        var unused = add(message, true);
    }

    /** The same, unless the inbox is closed: what is added is taken by {@link #takeLast} at last. */
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

    /** Takes all messages, the oldest first, linked by {@link Message#next()}. */
    public final @Nullable Message takeAll() {
        return oldestFirst((Message) TOP.getAndSet(this, null));
    }

    /** The same for good: what is added from now on is late, and taken in the same way. */
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
