// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS)
class ChildTest {
    private static final long LONG_ENOUGH_SECONDS = 30;

    @TempDir
    private Path directory;

    @Test
    void exchangesLines() throws IOException {
        try (Child child = shell("while read line; do echo \"received $line\"; done")) {
            child.send("one");
            assertEquals("received one", child.readLine(LONG_ENOUGH_SECONDS));
        }
    }

    @Test
    void exitsByItselfAtTheEndOfItsInput() throws IOException {
        try (Child child = shell("cat > /dev/null; exit 3")) {
            assertEquals(3, child.awaitExit(LONG_ENOUGH_SECONDS));
            assertFalse(child.alive());
        }
    }

    @Test
    void theErrorForAnExitedProcessContainsTheEndOfItsErrorOutput() throws IOException {
        try (Child child = shell("echo a reason >&2; exit 4")) {
            IOException e = assertThrows(IOException.class, () -> child.readLine(LONG_ENOUGH_SECONDS));
            assertTrue(String.valueOf(e.getMessage()).contains("status 4: a reason"), e::toString);
        }
    }

    @Test
    void endsItsOwnChildrenToo() throws IOException {
        ProcessHandle grandchild;
        try (Child child = shell("sleep 600 & echo $!; wait")) {
            long pid = Long.parseLong(String.valueOf(child.readLine(LONG_ENOUGH_SECONDS)));
            grandchild = ProcessHandle.of(pid).orElseThrow();
        }
        grandchild.onExit().orTimeout(LONG_ENOUGH_SECONDS, TimeUnit.SECONDS).join();
        assertFalse(grandchild.isAlive());
    }

    private Child shell(String script) throws IOException {
        return new Child(List.of("/bin/sh", "-c", script), directory.resolve("errors.txt"));
    }
}
