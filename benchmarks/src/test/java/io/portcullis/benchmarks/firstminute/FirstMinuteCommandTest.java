// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.firstminute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Timeout(value = 3, unit = TimeUnit.MINUTES)
class FirstMinuteCommandTest {

    @TempDir
    Path out;

    /** Without caches: they require a class path that consists of jars, which a test does not have. */
    @Test
    void measuresEachVariantAndWritesTheResults() throws Exception {
        int exit = new CommandLine(new FirstMinuteCommand())
                .execute(
                        "--variants=nothing,warm-up",
                        "--seconds=1",
                        "--rounds=1",
                        "--training=1",
                        "--warm-up=0.2",
                        "--connections=2",
                        "--pin=false",
                        "--out=" + out);

        assertEquals(0, exit);
        List<String> lines = Files.readAllLines(out.resolve("first-minute.csv"));
        assertEquals("variant,round,ready_millis,from,seconds,handshakes,per_second", lines.get(0));
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("nothing,1,")), lines::toString);
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("warm-up,1,")), lines::toString);
        assertTrue(Files.readString(out.resolve("first-minute.svg")).contains("<svg"));
        assertTrue(Files.size(out.resolve("first-minute.png")) > 0);
        assertTrue(Files.readString(out.resolve("first-minute.json")).contains("\"warm-up\""));
    }

    @Test
    void theLineOfAVariantIsTheMedianOfItsRounds() {
        List<Sample> samples = List.of(
                new Sample("nothing", 1, 500, 0.2, 1, 10, 10),
                new Sample("nothing", 2, 500, 0.3, 1, 30, 30),
                new Sample("nothing", 3, 500, 0.1, 1, 20, 20),
                new Sample("nothing", 1, 500, 1.2, 1, 50, 50),
                new Sample("nothing", 2, 500, 1.4, 1, 60, 60),
                new Sample("both", 1, 500, 0.1, 1, 99, 99));
        assertEquals(Map.of(1, 20.0, 2, 55.0), SampleFiles.line(samples, "nothing"));
    }

    @Test
    void theJdkVersionDeterminesTheKindOfCache(@TempDir Path home) throws Exception {
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"17.0.15\"\n");
        assertEquals(new JvmCache("17.0.15", out.resolve("server.jsa"), false), JvmCache.of(home, out));
        Files.writeString(home.resolve("release"), "JAVA_VERSION=\"25\"\n");
        assertEquals(new JvmCache("25", out.resolve("server.aot"), true), JvmCache.of(home, out));
    }
}
