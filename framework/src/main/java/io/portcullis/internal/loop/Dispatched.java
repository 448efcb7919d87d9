// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import org.jspecify.annotations.Nullable;

/** A task that runs on a thread of the group, and can be kept until there is memory to hand it over. */
public abstract class Dispatched implements Runnable {
    /** Used by the machine only: the next of the turns that wait for memory. */
    @Nullable
    Dispatched nextStuck;
}
