// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.internal.loop.Fields;
import io.portcullis.internal.loop.Inbox;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A write of another thread, as a message to the strand. It is in the inbox before it is accepted, so that a close or a
 * change of the filter that is requested after the acceptance comes behind it. Until then it may be decided by either
 * side: by the thread that writes, or by the strand when the message arrives; the first decision counts.
 *
 * <pre>
 *   UNDECIDED ---> ACCEPTED
 *       |
 *       +--------> REFUSED
 * </pre>
 */
abstract class PostedWrite extends Inbox.Message {
    private static final VarHandle DECISION =
            Fields.handle(MethodHandles.lookup(), PostedWrite.class, "decision", Decision.class);

    private enum Decision {
        UNDECIDED,
        ACCEPTED,
        REFUSED
    }

    @SuppressWarnings("unused") // used by DECISION
    private volatile Decision decision = Decision.UNDECIDED;

    /**
     * Accepts or refuses the write, unless that has been decided. May be called by any thread.
     *
     * @return whether the write is accepted
     */
    final boolean decide(boolean accepts) {
        var unused = DECISION.compareAndSet(this, Decision.UNDECIDED, accepts ? Decision.ACCEPTED : Decision.REFUSED);
        return decision == Decision.ACCEPTED;
    }
}
