// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/**
 * The completions of writes, in order: each waits until the stream of application bytes has been sent up to its position.
 * Touched by the strand alone.
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

    private @Nullable Waiting head;
    private @Nullable Waiting tail;

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

    /** Completes the first one if everything up to its position was sent; returns whether there was one. */
    @SuppressWarnings("NullAway") // Void has only null
    boolean completeNext(long sent) {
        Waiting first = head;
        if (first == null || first.position > sent) {
            return false;
        }
        removeFirst(first);
        first.handler.completed(null, first.attachment);
        return true;
    }

    /** Fails the first one; returns whether there was one. */
    @SuppressWarnings("NullAway") // the attachment is the caller's, null or not
    boolean failNext(Throwable cause) {
        Waiting first = head;
        if (first == null) {
            return false;
        }
        removeFirst(first);
        first.handler.failed(cause, first.attachment);
        return true;
    }

    private void removeFirst(Waiting first) {
        head = first.next;
        if (head == null) {
            tail = null;
        }
    }
}
