// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks;

import io.portcullis.benchmarks.compare.CompareCommand;
import io.portcullis.benchmarks.firstminute.FirstMinuteCommand;
import io.portcullis.benchmarks.firstminute.FirstMinuteServer;
import io.portcullis.benchmarks.load.LoadCommand;
import io.portcullis.benchmarks.micro.JmhCommand;
import io.portcullis.benchmarks.servers.ServeCommand;
import io.portcullis.benchmarks.siege.SiegeAttack;
import io.portcullis.benchmarks.siege.SiegeCommand;
import io.portcullis.benchmarks.siege.SiegeServer;
import io.portcullis.commandline.CarefulCommandLine;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line of the benchmarks. */
@Command(
        name = "portcullis-benchmarks",
        description =
                "Measures Portcullis: its parts (jmh), its first minute (first-minute), compared with other servers"
                        + " (compare), and under attack (siege).",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            JmhCommand.class,
            FirstMinuteCommand.class,
            FirstMinuteServer.class,
            CompareCommand.class,
            LoadCommand.class,
            ServeCommand.class,
            SiegeCommand.class,
            SiegeServer.class,
            SiegeAttack.class
        },
        mixinStandardHelpOptions = true)
public final class Main {
    private Main() {}

    /**
     * Runs one command and exits with its status.
     *
     * @param arguments the command and its arguments
     */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CarefulCommandLine(new Main());
    }
}
