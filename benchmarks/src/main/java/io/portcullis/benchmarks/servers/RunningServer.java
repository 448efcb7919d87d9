// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import java.io.IOException;

/** A server that listens. */
interface RunningServer extends AutoCloseable {

    /** The port that it listens on. */
    int port();

    /** Bytes of direct memory that the JDK's own count does not know of. */
    default long uncountedDirectBytes() {
        return 0;
    }

    /** Stops listening and lets go of its threads; does not wait for them. */
    @Override
    void close() throws IOException;
}
