// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import io.portcullis.benchmarks.load.Count;
import io.portcullis.benchmarks.load.Demand;
import java.io.IOException;
import java.time.Duration;

/** Who loads a server: opens connections, keeps them busy for windows, closes them. */
interface Loader extends AutoCloseable {

    /** What it is made of. */
    String description();

    /** Opens the connections of a demand. */
    Count open(Demand demand) throws IOException;

    /** Keeps them busy for a while; when this returns, nothing is on its way. */
    Count window(Duration length) throws IOException;

    /** Closes the connections. */
    void closeConnections() throws IOException;

    @Override
    void close();
}
