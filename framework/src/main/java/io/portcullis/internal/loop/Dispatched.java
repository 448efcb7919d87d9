// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import org.jspecify.annotations.Nullable;

/** What runs on a thread of the group, and can be kept until there is memory for handing it over. */
public abstract class Dispatched implements Runnable {
    /** For the machine only: the next of those that wait for memory. */
    @Nullable
    Dispatched nextStuck;
}
