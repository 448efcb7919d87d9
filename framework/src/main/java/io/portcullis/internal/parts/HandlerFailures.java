// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

/** Receives, on the strand, exceptions thrown by application code. */
public interface HandlerFailures {
    /** Ends the connection because of the failure. */
    void handlerFailed(Throwable failure);
}
