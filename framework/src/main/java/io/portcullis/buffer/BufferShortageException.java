// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

/**
 * Thrown when no buffer is available: the budget of the pool is exhausted, and the free memory cannot provide the
 * requested size. Has no stack trace, because it may be thrown in large numbers during an attack.
 */
public final class BufferShortageException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /**
     * Creates an exception.
     *
     * @param message the size requested, and the memory available
     */
    public BufferShortageException(String message) {
        super(message, null, false, false);
    }
}
