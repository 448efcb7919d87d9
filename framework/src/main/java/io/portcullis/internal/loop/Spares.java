// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import org.jspecify.annotations.Nullable;

/**
 * A thread that keeps one unused object for reuse, so that a queue that holds one segment at a time allocates none.
 * Must be called on that thread only.
 */
public interface Spares {
    /** Returns the object that is kept, and keeps it no longer; null if there is none. */
    @Nullable
    Object takeSpare();

    /** Keeps an unused object, in place of the previous one. */
    void keepSpare(Object unused);
}
