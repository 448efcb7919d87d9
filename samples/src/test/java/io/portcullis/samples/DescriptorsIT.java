// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that runs out of file descriptors. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class DescriptorsIT {
    private static final int DESCRIPTORS = 100;

    @Test
    @DisplayName("R26 out of descriptors, the server warns once, and serves waiting clients as soon as some are free")
    void servesAgainWhenDescriptorsAreFree() throws Exception {
        Command.assumeInstalled("sh");
        try (SampleServer server = SampleServer.withDescriptors(DESCRIPTORS, "--echo", "0")) {
            List<Socket> sockets = new ArrayList<>();
            for (int i = 0; i < 2 * DESCRIPTORS; i++) {
                Socket socket = Wire.PLAIN.connect(server.address("echo"));
                socket.getOutputStream().write(i);
                sockets.add(socket);
            }
            server.awaitError("accepting failed");
            for (Socket socket : sockets.subList(0, DESCRIPTORS)) {
                socket.close();
            }
            for (int i = DESCRIPTORS; i < sockets.size(); i++) {
                assertEquals(i, sockets.get(i).getInputStream().read());
                sockets.get(i).close();
            }
            String errors = server.errors();
            assertEquals(
                    errors.indexOf("accepting failed"), errors.lastIndexOf("accepting failed"), "one warning a minute");
            assertTrue(errors.contains("ulimit -n"), errors);
        }
    }
}
