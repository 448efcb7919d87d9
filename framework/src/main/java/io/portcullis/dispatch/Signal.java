// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

/** What wakes a connection: the bits that its strand collects for the next turn. */
final class Signal {
    static final int START = 1;
    static final int READ_DONE = 1 << 1;
    static final int WRITE_DONE = 1 << 2;
    static final int TASK_DONE = 1 << 3;
    static final int MESSAGE = 1 << 4;
    static final int DEADLINE = 1 << 5;
    static final int CLOSE = 1 << 6;
    static final int ABORT = 1 << 7;
    static final int SHUTDOWN = 1 << 8;

    private Signal() {}
}
