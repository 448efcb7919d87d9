// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** What other threads ask of a connection, in the order in which they asked: a lock-free list with one reader. */
final class Inbox {
    private static final VarHandle TOP;

    static {
        try {
            TOP = MethodHandles.lookup().findVarHandle(Inbox.class, "top", Message.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    /** Something to do in the connection's turn. */
    abstract static class Message implements Runnable {
        private @Nullable Message next;

        @Nullable
        Message next() {
            return next;
        }
    }

    @SuppressWarnings("unused") // used by TOP
    private volatile @Nullable Message top;

    /** Adds a message, from any thread. */
    void add(Message message) {
        Message before;
        do {
            before = top;
            message.next = before;
        } while (!TOP.compareAndSet(this, before, message));
    }

    /** Takes all messages, the oldest first, linked by {@link Message#next()}. */
    @Nullable
    Message takeAll() {
        Message newestFirst = (Message) TOP.getAndSet(this, null);
        Message oldestFirst = null;
        while (newestFirst != null) {
            Message older = newestFirst.next;
            newestFirst.next = oldestFirst;
            oldestFirst = newestFirst;
            newestFirst = older;
        }
        return oldestFirst;
    }
}
