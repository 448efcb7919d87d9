// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The README's claims about the first minute, on the JDK that runs this test. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class FirstMinuteIT {
    private static final boolean AOT_CACHE = Runtime.version().feature() >= 25;
    private static final byte[] REQUEST =
            "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".getBytes(US_ASCII);

    @TempDir
    Path directory;

    @Test
    void trainCreatesACacheThatServeUses() throws Exception {
        Path cache = directory.resolve("portcullis.cache");
        List<String> writes = AOT_CACHE
                ? List.of("-XX:AOTCacheOutput=" + cache, "-Xlog:aot=off")
                : List.of("-XX:ArchiveClassesAtExit=" + cache, "-Xlog:cds=off");
        // Each with the option that makes a JVM exit immediately if it cannot use the cache
        List<String> reads = AOT_CACHE
                ? List.of("-XX:AOTCache=" + cache, "-XX:AOTMode=on")
                : List.of("-XX:SharedArchiveFile=" + cache, "-Xshare:on");

        Command training = Command.run(Command.samplesCommand(writes, "train", "--time", "2s"));

        assertEquals(0, training.exit(), training.all());
        assertTrue(training.out().startsWith("trained with "), training.all());
        assertTrue(Files.size(cache) > 0, training.all());
        try (SampleServer server = SampleServer.start(reads, "--mixed", "0", "--warm-up", "1s")) {
            assertHealthy(server);
        }
    }

    @Test
    void aServerThatWarmsUpIsReadyAfterwards() throws Exception {
        try (SampleServer server = SampleServer.start("--mixed", "0", "--warm-up", "500ms", "--verbose")) {
            assertHealthy(server);
            server.stop();
            String errors = server.allErrors();
            assertTrue(errors.contains("warmed up by "), errors);
        }
    }

    private static void assertHealthy(SampleServer server) throws Exception {
        try (Socket socket = Wire.TLS_1_3.connect(server.address("mixed"))) {
            socket.getOutputStream().write(REQUEST);
            String response = new String(socket.getInputStream().readAllBytes(), US_ASCII);
            assertTrue(response.endsWith("ok\n"), response);
        }
    }
}
