// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import io.portcullis.commandline.CarefulCommandLine;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ScopeType;

/** The entry point of the samples. Without arguments it runs {@code serve}. */
@Command(
        name = "portcullis-samples",
        description = "Samples of the Portcullis TLS server framework. Without a command: serve, with all defaults.",
        subcommands = {
            ServeCommand.class,
            TrainCommand.class,
            EnginesCommand.class,
            HealthCommand.class,
            CommandLine.HelpCommand.class
        },
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        versionProvider = Main.Version.class)
public final class Main {
    private Main() {}

    /**
     * Runs the command line, then exits with 0 on success, 1 after a failure or 2 after invalid arguments.
     *
     * @param arguments the command line
     */
    public static void main(String... arguments) {
        System.exit(commandLine().execute(arguments.length == 0 ? new String[] {"serve"} : arguments));
    }

    static CommandLine commandLine() {
        return new CarefulCommandLine(new Main()).setCaseInsensitiveEnumValuesAllowed(true);
    }

    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"portcullis-samples " + Objects.requireNonNullElse(version, "(not packaged)")};
        }
    }
}
