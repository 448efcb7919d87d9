// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

/**
 * The sorts of work that may block. Each has threads and a queue of its own, so that one that is slow delays no other.
 */
public enum Work {
    /** Tasks of handshakes, looks at certificates, and reports to observers. */
    TASK("task"),
    /** Looking up names: as slow as the slowest name server, and for relays peers may choose the name. */
    LOOK_UP("lookup"),
    /** Reading files. */
    FILE("file");

    private final String word;

    Work(String word) {
        this.word = word;
    }

    /** In the names of its threads. */
    String word() {
        return word;
    }
}
