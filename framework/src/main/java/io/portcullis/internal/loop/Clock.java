// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

/** A source of time; tests use one that advances only on command. */
@FunctionalInterface
public interface Clock {

    /** Returns the current time in nanoseconds, as {@link System#nanoTime()} does. */
    long now();
}
