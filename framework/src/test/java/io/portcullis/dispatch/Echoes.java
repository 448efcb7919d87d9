// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/** Plain clients of echo servers. */
final class Echoes {
    private Echoes() {}

    static Socket connect(InetSocketAddress server) throws IOException {
        return connectFrom("127.0.0.1", server);
    }

    static Socket connectFrom(String address, InetSocketAddress server) throws IOException {
        Socket socket = new Socket(server.getAddress(), server.getPort(), InetAddress.getByName(address), 0);
        socket.setSoTimeout(20_000);
        socket.setTcpNoDelay(true);
        return socket;
    }

    /** Sends a byte, and reads its echo. */
    static void echo(Socket socket) throws IOException {
        socket.getOutputStream().write('e');
        assertEquals('e', socket.getInputStream().read());
    }

    /** Ends a connection in the middle of a test. */
    static void leave(Socket socket) throws IOException {
        socket.close();
    }

    /** The server has closed the connection without sending anything. */
    static void assertRefused(Socket socket) throws IOException {
        int end;
        try {
            end = socket.getInputStream().read();
        } catch (IOException reset) {
            end = -1;
        }
        assertEquals(-1, end);
    }
}
