// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import io.portcullis.benchmarks.load.Count;
import io.portcullis.benchmarks.load.Demand;
import java.io.IOException;
import java.time.Duration;

/** A load: opens connections to a server, keeps them busy for windows, and closes them. */
interface Loader extends AutoCloseable {

    /** Describes the implementation. */
    String description();

    /** Opens the connections of a demand. */
    Count open(Demand demand) throws IOException;

    /** Keeps them busy for a while; when this returns, no request is outstanding. */
    Count window(Duration length) throws IOException;

    /** Closes the connections. */
    void closeConnections() throws IOException;

    @Override
    void close();
}
