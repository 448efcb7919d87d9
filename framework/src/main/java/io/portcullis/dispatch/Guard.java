// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

/**
 * Runs what must not keep the machine from going on, whatever it throws: a logger, an adapter of the log context, or an
 * observer of the application's, all of which fail when there is no memory, if not before.
 */
final class Guard {
    private Guard() {}

    /** Runs it; what it throws is dropped. */
    static void quietly(Runnable aside) {
        try {
            aside.run();
        } catch (Throwable dropped) {
            return;
        }
    }
}
