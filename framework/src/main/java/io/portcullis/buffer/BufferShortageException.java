// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

/**
 * A buffer was not to be had: the budget of the pool is spent, and nothing that is free makes up the size asked for.
 * Has no stack trace, because under an attack there are many.
 */
public final class BufferShortageException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /**
     * A shortage.
     *
     * @param message what was asked for, and how much there is
     */
    public BufferShortageException(String message) {
        super(message, null, false, false);
    }
}
