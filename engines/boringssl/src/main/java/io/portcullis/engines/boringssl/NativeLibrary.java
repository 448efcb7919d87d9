// SPDX-License-Identifier: Apache-2.0
package io.portcullis.engines.boringssl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Explains why Netty's library with BoringSSL could not be loaded, and what to do. Netty unpacks it from its jar into a
 * directory, and loads it from there; that fails if the library is not in a jar, or if the directory is not suitable,
 * as is often the case in containers.
 */
final class NativeLibrary {
    private static final String NAME = "netty_tcnative_";

    private NativeLibrary() {}

    /** Describes why the library could not be loaded on this system. */
    static String trouble(Throwable failure) {
        return NativeLibrary.class.getClassLoader().getResource("META-INF/native/" + file()) == null
                ? absent(failure)
                : unfit(directory())
                        .orElseGet(() -> "its library was found but cannot be loaded (" + first(failure)
                                + "); it requires glibc, there is none for musl");
    }

    private static String absent(Throwable failure) {
        return "its library cannot be loaded (" + first(failure)
                + "); put the jar netty-tcnative-boringssl-static with the"
                + " classifier of this system (" + System.getProperty("os.name") + ", " + System.getProperty("os.arch")
                + ") on the class path; there is none for musl";
    }

    /**
     * Describes the problem with the directory that the library is unpacked into; empty if there is none.
     *
     * @param directory tested by creating a file, which is deleted again
     */
    static Optional<String> unfit(Path directory) {
        Path probe = null;
        try {
            probe = Files.createTempFile(directory, "portcullis", ".probe");
            boolean permitted = probe.toFile().setExecutable(true);
            return permitted && Files.isExecutable(probe)
                    ? Optional.empty()
                    : Optional.of("its library is unpacked into " + directory
                            + ", which does not permit execution (it is mounted noexec)" + remedy());
        } catch (IOException readOnly) {
            return Optional.of("its library cannot be unpacked into " + directory + " (" + readOnly + ")" + remedy());
        } finally {
            remove(probe);
        }
    }

    private static String remedy() {
        return "; specify another directory with -Dio.netty.native.workdir=DIRECTORY, or mount one in the container that"
                + " permits execution, such as --tmpfs /tmp:exec";
    }

    private static void remove(@Nullable Path probe) {
        try {
            if (probe != null) {
                Files.deleteIfExists(probe);
            }
        } catch (IOException itStays) {
            probe.toFile().deleteOnExit();
        }
    }

    /** Determined in the same way as by Netty. */
    private static Path directory() {
        String chosen = System.getProperty("io.netty.native.workdir", System.getProperty("io.netty.tmpdir"));
        return Path.of(chosen != null ? chosen : System.getProperty("java.io.tmpdir"));
    }

    /** The name of the library in Netty's jars. */
    private static String file() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String os = system.startsWith("mac") ? "osx" : system.startsWith("windows") ? "windows" : "linux";
        String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        boolean intel = arch.equals("amd64") || arch.equals("x86_64");
        return System.mapLibraryName(NAME + os + (intel ? "_x86_64" : "_aarch_64"))
                .replace(".dylib", ".jnilib");
    }

    private static Throwable first(Throwable failure) {
        Throwable first = failure;
        while (first.getCause() != null) {
            first = Objects.requireNonNull(first.getCause());
        }
        return first;
    }
}
