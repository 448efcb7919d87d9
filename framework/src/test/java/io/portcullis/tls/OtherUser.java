// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.slf4j.Logger;

/** Runs a program as a user without access to every file, if the tests themselves run as root. */
final class OtherUser {
    private static final String NOBODY = "65534";

    private OtherUser() {}

    /**
     * The output of the program. Its classes, and those of the framework, are copied to where the other user can read
     * them.
     */
    static String run(Path directory, Class<?> program, String... arguments) throws IOException {
        Path setpriv = Path.of("/usr/bin/setpriv");
        Assumptions.assumeTrue(Files.isExecutable(setpriv), "setpriv is not installed (Debian: util-linux)");
        Path classes = Files.createDirectories(directory.resolve("classes"));
        for (Class<?> one : List.of(TlsProfile.class, program, Logger.class)) {
            copy(one, classes);
        }
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<String> command = new ArrayList<>(List.of(
                setpriv.toString(),
                "--reuid=" + NOBODY,
                "--regid=" + NOBODY,
                "--clear-groups",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classes + File.pathSeparator + classes.resolve("library.jar"),
                program.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            assertEquals(0, process.waitFor(), output);
        } catch (InterruptedException stopped) {
            throw new IOException(stopped);
        }
        return output;
    }

    private static void copy(Class<?> one, Path target) throws IOException {
        Path source;
        try {
            source = Path.of(
                    one.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException impossible) {
            throw new IOException(impossible);
        }
        if (Files.isRegularFile(source)) {
            Files.copy(source, target.resolve("library.jar"));
            return;
        }
        try (Stream<Path> files = Files.walk(source.resolve("io/portcullis"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = target.resolve(source.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
    }
}
