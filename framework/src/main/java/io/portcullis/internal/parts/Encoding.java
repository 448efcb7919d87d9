// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

/** The outcome of encoding output. */
public enum Encoding {
    /** Nothing can be encoded now. */
    NOTHING,
    /** Something was encoded. */
    MOVED,
    /** The handshake is over. */
    SECURED,
    /** The filter has a task. */
    TASK,
    /** The filter has ended its stream. */
    ENDED,
    /** The application has changed a buffer that was to be encoded. */
    CHANGED
}
