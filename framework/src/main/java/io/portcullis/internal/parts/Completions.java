// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/**
 * The completions of writes, in order: each waits until the stream of application bytes has been sent up to its
 * position, or to the end of what is still sent. An exception thrown by a handler ends the connection. Confined to the
 * strand.
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

    private final HandlerFailures failures;
    private @Nullable Waiting head;
    private @Nullable Waiting tail;

    /** The position after which nothing is sent anymore. */
    private long end = Long.MAX_VALUE;

    Completions(HandlerFailures failures) {
        this.failures = failures;
    }

    /** Adds a completion. */
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

    /** Records that nothing after this position is sent: completions that wait for it fail, each in order. */
    void endAt(long position) {
        end = Math.min(end, position);
    }

    /** Returns whether nothing is sent anymore. */
    boolean closed() {
        return end < Long.MAX_VALUE;
    }

    /**
     * Completes the writes that were sent completely and fails those that never will be, except for any added
     * meanwhile: a completion that causes the next one would keep the turn from ending.
     *
     * @return whether there were any
     */
    boolean complete(long sent) {
        boolean any = false;
        Waiting last = tail;
        for (Waiting first = head; first != null && due(first, sent); first = first == last ? null : head) {
            any = true;
            if (first.position <= end) {
                complete(first);
            } else {
                fail(first, new ClosedChannelException());
            }
        }
        return any;
    }

    private boolean due(Waiting first, long sent) {
        return Math.min(first.position, end) <= sent;
    }

    /** Fails all of them, and those that are added meanwhile. */
    void fail(Throwable cause) {
        for (Waiting first = head; first != null; first = head) {
            fail(first, cause);
        }
    }

    @SuppressWarnings("NullAway") // Void has only null
    private void complete(Waiting first) {
        removeFirst(first);
        try {
            first.handler.completed(null, first.attachment);
        } catch (Throwable failure) {
            failures.handlerFailed(failure);
        }
    }

    @SuppressWarnings("NullAway") // the attachment is the caller's, null or not
    private void fail(Waiting first, Throwable cause) {
        removeFirst(first);
        try {
            first.handler.failed(cause, first.attachment);
        } catch (Throwable failure) {
            failures.handlerFailed(failure);
        }
    }

    private void removeFirst(Waiting first) {
        head = first.next;
        if (head == null) {
            tail = null;
        }
    }
}
