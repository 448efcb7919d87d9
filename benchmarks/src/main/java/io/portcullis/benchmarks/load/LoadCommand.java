// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * The load as a process, used by a comparison for its whole run, so that it is equally warm for all servers. Each line
 * on standard input is answered with one line on standard output:
 *
 * <pre>
 * open {a demand}  ->  ok {a count}     when the connections are open
 * window SECONDS   ->  ok {a count}     when it is over
 * close            ->  ok {a count}     when the connections are closed
 *                  ->  failed WHY       to any of them
 * </pre>
 *
 * Prints a line {@code ready DESCRIPTION} first, and exits at the end of its input.
 */
@Command(name = "load", hidden = true, description = "Serves compare: loads a server on demand.")
public final class LoadCommand implements Callable<Integer> {
    private final ObjectMapper json = JsonMapper.shared();
    private final PrintStream out = System.out;

    /** Called by the command line. */
    public LoadCommand() {}

    @Override
    public Integer call() throws IOException {
        try (BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
                Generator generator = new Generator()) {
            print("ready " + Generator.description());
            for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                print(execute(generator, order));
            }
        }
        return 0;
    }

    private void print(String line) {
        out.println(line);
        out.flush();
    }

    private String execute(Generator generator, String order) {
        String[] parts = order.split(" ", 2);
        String argument = parts.length > 1 ? parts[1] : "";
        try {
            Count count = switch (parts[0]) {
                case "open" -> generator.open(json.readValue(argument, Demand.class));
                case "window" -> generator.window(Duration.ofNanos((long) (Double.parseDouble(argument) * 1e9)));
                case "close" -> generator.closeLoad();
                default -> throw new IOException("unknown order " + parts[0]);
            };
            return "ok " + json.writeValueAsString(count);
        } catch (IOException e) {
            return "failed " + String.valueOf(e.getMessage()).replace('\n', ' ');
        }
    }
}
