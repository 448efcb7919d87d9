// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Runs one server of the comparison in this process. Prints {@code READY} and the port when it listens; then it
 * responds to lines on the standard input, and exits at its end.
 */
@Command(
        name = ServeCommand.NAME,
        hidden = true,
        description = "Runs one server of the comparison, until the end of the standard input.")
public final class ServeCommand implements Callable<Integer> {
    static final String NAME = "serve";

    private static final String MEMORY = "memory";

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "NAME", description = "the name of the server")
    private String name = "";

    @Option(names = "--port", required = true, description = "a port on 127.0.0.1; 0 selects any free port")
    private int port;

    @Option(names = "--certificate", required = true, description = "the PEM file of the certificate")
    private Path certificate = Path.of("");

    @Option(names = "--key", required = true, description = "the PEM file of its private key, PKCS#8")
    private Path key = Path.of("");

    @Option(names = "--directory", description = "for the server's own files; by default a new temporary directory")
    private @Nullable Path directory;

    /** Called by the command line. */
    public ServeCommand() {}

    @Override
    public Integer call() throws Exception {
        PrintStream out = System.out;
        try (RunningServer server = contestant().start(new ServeOptions(port, certificate, key, directory()))) {
            out.println("READY " + server.port());
            respond(server, out);
        }
        return 0;
    }

    private JvmContestant contestant() {
        try {
            Contestant contestant = Contestants.byName(name);
            contestant.missing().ifPresent(reason -> refuse(name + " cannot run here: " + reason));
            if (contestant instanceof JvmContestant server) {
                return server;
            }
            throw refuse(name + " is a separate program; run its command instead");
        } catch (IllegalArgumentException unknown) {
            throw refuse(String.valueOf(unknown.getMessage()));
        }
    }

    private static void respond(RunningServer server, PrintStream out) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.strip().equals(MEMORY)) {
                out.println(Memory.afterCollection(server).json());
            }
        }
    }

    private Path directory() throws IOException {
        return directory != null ? directory : Files.createTempDirectory("portcullis-benchmarks");
    }

    private ParameterException refuse(String message) {
        if (spec == null) {
            throw new IllegalStateException(message);
        }
        throw new ParameterException(spec.commandLine(), message);
    }
}
