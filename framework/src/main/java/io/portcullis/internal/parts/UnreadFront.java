// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The bytes at the beginning of a network buffer that a handler has left unread, while a read fills the rest of that
 * buffer. They can be presented again without waiting for the read, which touches neither them nor the lent view.
 * Confined to the strand.
 */
final class UnreadFront {
    private int begin;
    private int end;

    /** The view that is lent, until it is known how much of it was consumed. */
    private @Nullable ByteBuffer lent;

    /** Called when a read starts after the given number of unread bytes. */
    void readBehind(int length) {
        begin = 0;
        end = length;
    }

    boolean isEmpty() {
        return begin == end;
    }

    /** Returns where the unread bytes begin; those before were consumed. */
    int begin() {
        return begin;
    }

    ByteBuffer lend(ByteBuffer buffer) {
        ByteBuffer view = buffer.slice(begin, end - begin);
        lent = view;
        return view;
    }

    /** Called when the handler has returned; returns how much of the lent view it consumed, once for each view. */
    int takeBack() {
        int taken = lent == null ? 0 : lent.position();
        lent = null;
        begin += taken;
        return taken;
    }
}
