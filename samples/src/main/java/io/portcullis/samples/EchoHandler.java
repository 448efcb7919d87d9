// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import java.nio.ByteBuffer;

/**
 * Sends back whatever it receives. It needs no limit of its own: while the peer does not read, the framework does not
 * read from the peer. After the peer has ended its stream, everything written so far is still sent.
 */
public final class EchoHandler implements ConnectionHandler {

    @Override
    public void onData(Connection connection, ByteBuffer data) {
        connection.write(data);
    }
}
