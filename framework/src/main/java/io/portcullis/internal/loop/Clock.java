// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

/** Tells the time; a test has one that stands until it is told to go. */
@FunctionalInterface
public interface Clock {

    /** The time, in nanoseconds of {@link System#nanoTime()}. */
    long now();
}
