// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.wire;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/** Opens outgoing connections; an interface so that tests can script it. */
public interface Connector {

    /**
     * Starts to connect.
     *
     * @param address the remote address
     * @param handler called once, inside the call or later on any thread; also if the transport is closed meanwhile,
     *     which cancels the attempt
     * @return the transport that is being connected
     * @throws IOException if the attempt cannot be started; the handler is not called in this case
     */
    Transport connect(InetSocketAddress address, CompletionHandler<Wire, @Nullable Void> handler) throws IOException;
}
