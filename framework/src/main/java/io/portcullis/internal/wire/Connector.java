// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.wire;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/** The seam to the sockets that connect; a test scripts it. */
public interface Connector {

    /**
     * Starts to connect.
     *
     * @param address where to
     * @param handler told once, inside the call or later on any thread; also when the transport is closed meanwhile,
     *     which gives the attempt up
     * @return what will be connected
     * @throws IOException if the attempt cannot be started; the handler is then not told
     */
    Transport connect(InetSocketAddress address, CompletionHandler<Wire, @Nullable Void> handler) throws IOException;
}
