// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

/** Told, on the strand, what code of the application's has thrown. */
public interface HandlerFailures {
    /** The connection ends for it. */
    void handlerFailed(Throwable failure);
}
