// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

/** The signals that wake a connection: bits that its strand collects for the next turn. */
public final class Signal {
    public static final int START = 1;
    public static final int READ_DONE = 1 << 1;
    public static final int WRITE_DONE = 1 << 2;
    public static final int TASK_DONE = 1 << 3;
    public static final int MESSAGE = 1 << 4;
    public static final int DEADLINE = 1 << 5;
    public static final int CLOSE = 1 << 6;
    public static final int ABORT = 1 << 7;
    public static final int SHUTDOWN = 1 << 8;

    private Signal() {}
}
