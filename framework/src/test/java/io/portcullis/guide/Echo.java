// SPDX-License-Identifier: Apache-2.0
package io.portcullis.guide;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import java.nio.ByteBuffer;

/** The handler of several pages of the guide: returns to its sender whatever is received. */
// snippet: ECHO
final class Echo implements ConnectionHandler {
    @Override
    public void onData(Connection connection, ByteBuffer data) {
        connection.write(data); // sent together with all other writes of this call: there is no flush
    }
}
// end snippet
