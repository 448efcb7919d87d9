// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

/** Told, on the strand, what code of the application's has thrown. */
interface HandlerFailures {
    /** The connection ends for it. */
    void handlerFailed(Throwable failure);
}
