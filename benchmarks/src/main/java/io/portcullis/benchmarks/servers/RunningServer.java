// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import java.io.IOException;

/** A server that listens. */
interface RunningServer extends AutoCloseable {

    /** Returns the port that the server listens on. */
    int port();

    /** Returns the bytes of direct memory that the JDK does not count. */
    default long uncountedDirectBytes() {
        return 0;
    }

    /** Stops listening and releases the threads; does not wait for them. */
    @Override
    void close() throws IOException;
}
