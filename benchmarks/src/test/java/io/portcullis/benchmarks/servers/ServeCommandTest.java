// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.benchmarks.Certificates;
import java.nio.file.Path;
import javax.net.SocketFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The server processes. */
class ServeCommandTest {
    @TempDir
    private Path directory = Path.of("");

    @ParameterizedTest
    @ValueSource(strings = {"portcullis-plain", "netty-nio-plain"})
    void servesUntilItsInputEnds(String name) throws Exception {
        Certificates.EC.create().write(directory, "server");
        try (ServerProcess server = ServerProcess.start(
                Contestants.byName(name),
                directory.resolve("server.pem"),
                directory.resolve("server-key.pem"),
                directory)) {
            try (TestClient client = TestClient.connect(server.port(), SocketFactory.getDefault())) {
                assertEquals(200, client.ask(TestClient.SMALL).status());
            }
            String memory = server.send("memory").orElse("nothing");
            assertTrue(memory.matches("\\{\"heapUsed\":\\d+,\"direct\":[1-9]\\d*}"), memory);
            assertEquals(0, server.endInput());
        }
    }
}
