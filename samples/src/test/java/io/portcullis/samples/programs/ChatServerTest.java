// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.group.ConnectionGroup;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import org.junit.jupiter.api.Test;

/** What a member can make the terminals of the other ones do. */
final class ChatServerTest {

    @Test
    void controlCharactersAreReplaced() throws Exception {
        ConnectionGroup room = ConnectionGroup.create();
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = Server.builder(dispatcher)
                        .listen(Programs.loopback(0), Gate.plain())
                        .handler(() -> new ChatServer(room))
                        .start();
                Socket ada = new Socket(
                        InetAddress.getLoopbackAddress(),
                        server.addresses().get(0).getPort());
                Socket eve = new Socket(
                        InetAddress.getLoopbackAddress(),
                        server.addresses().get(0).getPort());
                BufferedReader lines = new BufferedReader(new InputStreamReader(ada.getInputStream(), UTF_8))) {
            ada.setSoTimeout(20_000);
            ada.getOutputStream().write("Ada\n".getBytes(UTF_8));
            assertEquals("* Ada has joined over plain TCP", lines.readLine());
            eve.getOutputStream().write("Eve\033[2J\nhi\rBob: forged\0\u009b2J \u00fc\n".getBytes(UTF_8));
            assertEquals("* Eve [2J has joined over plain TCP", lines.readLine());
            assertEquals("Eve [2J: hi Bob: forged  2J \u00fc", lines.readLine());
        }
    }
}
