// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.buffer.BufferCache;
import java.util.ArrayDeque;

/**
 * A thread of the channel group. It knows its machine, its own small cache of buffers, and the strands that became
 * ready while it was within a turn: those run one after the other behind it, never within it, so a chain of connections
 * that write to each other needs no stack.
 */
final class DispatcherThread extends Thread implements BufferCache.Owner {
    private final GroupMachine machine;
    private final BufferCache cache;
    private final ArrayDeque<Strand> ready = new ArrayDeque<>();
    private boolean inTurn;

    DispatcherThread(GroupMachine machine, Runnable body, String name, BufferCache cache) {
        super(null, body, name, 0, false);
        this.machine = machine;
        this.cache = cache;
    }

    boolean belongsTo(GroupMachine other) {
        return machine == other;
    }

    @Override
    public BufferCache bufferCache() {
        return cache;
    }

    /** Called on this thread: runs a strand now, or behind the turn that runs already. */
    void runStrand(Strand strand) {
        if (inTurn) {
            ready.add(strand);
            return;
        }
        inTurn = true;
        try {
            for (Strand next = strand; next != null; next = ready.poll()) {
                next.run();
            }
        } finally {
            inTurn = false;
        }
    }

    @Override
    public void run() {
        try {
            super.run();
        } finally {
            cache.close();
            machine.threadEnded();
        }
    }
}
