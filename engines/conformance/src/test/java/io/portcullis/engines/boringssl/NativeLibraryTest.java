// SPDX-License-Identifier: Apache-2.0
package io.portcullis.engines.boringssl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The class path is not blamed for a library that was found but cannot be loaded. The noexec case is tested by
 * {@code ServerImageIT}.
 */
final class NativeLibraryTest {
    @TempDir
    Path directory;

    @Test
    void aSuitableDirectoryIsAcceptedAndLeftUnchanged() throws IOException {
        assertEquals(Optional.empty(), NativeLibrary.unfit(directory));
        try (Stream<Path> left = Files.list(directory)) {
            assertEquals(0, left.count());
        }
    }

    @Test
    @DisplayName("a directory that is not writable, as in a read-only container, is named, with a remedy")
    void aDirectoryThatCannotBeWrittenToIsNamed() {
        Path nowhere = directory.resolve("nowhere");
        String trouble = NativeLibrary.unfit(nowhere).orElseThrow();
        assertTrue(trouble.contains("cannot be unpacked into " + nowhere), trouble);
        assertTrue(trouble.contains("-Dio.netty.native.workdir=") && trouble.contains("--tmpfs /tmp:exec"), trouble);
    }

    @Test
    void theClassPathIsNotBlamedForALibraryOnIt() {
        String trouble =
                NativeLibrary.trouble(new IllegalArgumentException("outside", new UnsatisfiedLinkError("inside")));
        assertTrue(
                trouble.contains("was found but cannot be loaded (java.lang.UnsatisfiedLinkError: inside)"), trouble);
        assertFalse(trouble.contains("class path"), trouble);
    }
}
