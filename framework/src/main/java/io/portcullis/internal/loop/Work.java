// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

/**
 * The kinds of work that may block. Each has its own threads and queue, so that slow work of one kind does not delay
 * the others.
 */
public enum Work {
    /** Handshake tasks, certificate checks, and reports to observers. */
    TASK("task"),
    /** Name lookups: as slow as the slowest name server, and with relays peers may choose the name. */
    LOOK_UP("lookup"),
    /** File reads. */
    FILE("file");

    private final String label;

    Work(String label) {
        this.label = label;
    }

    /** Returns the label of this kind in thread names. */
    String label() {
        return label;
    }
}
