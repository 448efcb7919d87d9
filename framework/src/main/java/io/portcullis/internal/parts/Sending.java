// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

/** The outcome of an attempt to send. */
public enum Sending {
    /** There is nothing to be sent. */
    NOTHING,
    /** A write is outstanding. */
    OUT,
    /**
     * A write has completed inside the call that started it, and waits to be {@linkplain Output#written() accounted
     * for}.
     */
    BACK,
    /** The application has changed a buffer that was to be sent. */
    CHANGED
}
