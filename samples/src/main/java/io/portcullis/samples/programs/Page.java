// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import java.nio.ByteBuffer;
import java.util.function.Function;

/**
 * Responds to one HTTP request, whatever its target, with a text about the connection.
 *
 * @param text returns the text
 */
record Page(Function<Connection, String> text) implements ConnectionHandler {
    // snippet: page
    @Override
    public void onData(Connection connection, ByteBuffer data) {
        if (!ISO_8859_1.decode(data.duplicate()).toString().contains("\r\n\r\n")) {
            return; // unread data is presented again, together with what follows
        }
        data.position(data.limit());
        byte[] body = (text.apply(connection) + "\n").getBytes(UTF_8);
        String head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " + body.length
                + "\r\nConnection: close\r\n\r\n";
        connection.write(ISO_8859_1.encode(head));
        connection.write(ByteBuffer.wrap(body));
        connection.close();
    }
    // end snippet
}
