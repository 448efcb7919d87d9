// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import org.jspecify.annotations.Nullable;

/**
 * A thread that keeps one object for whoever needs its like next on it: so a queue that holds one segment at a time
 * allocates none. On that thread only.
 */
public interface Spares {
    /** Takes the one that is kept, if there is one. */
    @Nullable
    Object takeSpare();

    /** Keeps one that nobody uses any more, in place of the one that was kept. */
    void keepSpare(Object unused);
}
