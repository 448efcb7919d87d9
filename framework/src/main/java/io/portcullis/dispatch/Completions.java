// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/**
 * The completions of writes, in order: each waits until the stream of application bytes has been sent up to its position.
 * What a handler throws ends the connection. Touched by the strand alone.
 */
final class Completions {
    private static final class Waiting {
        private final long position;
        private final @Nullable Object attachment;
        private final CompletionHandler<Void, Object> handler;
        private @Nullable Waiting next;

        Waiting(long position, @Nullable Object attachment, CompletionHandler<Void, Object> handler) {
            this.position = position;
            this.attachment = attachment;
            this.handler = handler;
        }
    }

    private final SocketConnection connection;
    private @Nullable Waiting head;
    private @Nullable Waiting tail;

    Completions(SocketConnection connection) {
        this.connection = connection;
    }

    /** Adds one. */
    @SuppressWarnings({"unchecked", "rawtypes"}) // the handler accepts the attachment it came with
    void add(long position, @Nullable Object attachment, CompletionHandler handler) {
        Waiting waiting = new Waiting(position, attachment, handler);
        if (tail == null) {
            head = waiting;
        } else {
            tail.next = waiting;
        }
        tail = waiting;
    }

    boolean isEmpty() {
        return head == null;
    }

    /**
     * Completes those up to whose position everything was sent, but none that is added meanwhile: a completion that causes the
     * next one would keep the turn from ending.
     *
     * @return whether there were any
     */
    @SuppressWarnings("NullAway") // Void has only null
    boolean complete(long sent) {
        boolean any = false;
        Waiting last = tail;
        for (Waiting first = head; first != null && first.position <= sent; first = first == last ? null : head) {
            any = true;
            removeFirst(first);
            try {
                first.handler.completed(null, first.attachment);
            } catch (Throwable failure) {
                connection.handlerFailed(failure);
            }
        }
        return any;
    }

    /** Fails all of them, and those that are added meanwhile. */
    @SuppressWarnings("NullAway") // the attachment is the caller's, null or not
    void fail(Throwable cause) {
        for (Waiting first = head; first != null; first = head) {
            removeFirst(first);
            try {
                first.handler.failed(cause, first.attachment);
            } catch (Throwable failure) {
                connection.handlerFailed(failure);
            }
        }
    }

    private void removeFirst(Waiting first) {
        head = first.next;
        if (head == null) {
            tail = null;
        }
    }
}
