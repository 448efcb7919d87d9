// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/** A module that uses the framework needs only the modules that are documented. */
class ModuleTest {

    @Test
    void aConsumerCompilesWithSlf4jAlone(@TempDir Path folder) throws Exception {
        Path module =
                Files.writeString(folder.resolve("module-info.java"), "module consumer { requires io.portcullis; }");
        Path type = Files.writeString(
                Files.createDirectories(folder.resolve("consumer")).resolve("Echo.java"), """
                package consumer;

                public final class Echo implements io.portcullis.ConnectionHandler {
                    @Override
                    public void onData(io.portcullis.Connection connection, java.nio.ByteBuffer data) {
                        connection.write(data);
                    }

                    @Override
                    public void onClose(
                            io.portcullis.Connection connection, io.portcullis.CloseReason reason, Throwable cause) {}
                }
                """);
        String path = location(Gate.class) + File.pathSeparator + location(Logger.class);
        StringWriter out = new StringWriter();
        PrintWriter printer = new PrintWriter(out);

        int code = ToolProvider.findFirst("javac")
                .orElseThrow()
                .run(
                        printer,
                        printer,
                        "-Xlint:all,-path",
                        "-Werror",
                        "-p",
                        path,
                        "-d",
                        folder.toString(),
                        module.toString(),
                        type.toString());

        assertEquals(0, code, out.toString());
    }

    private static Path location(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }
}
