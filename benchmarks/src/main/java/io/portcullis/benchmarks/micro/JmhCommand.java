// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.micro;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/**
 * Runs the JMH benchmarks with JMH's own arguments. By default, allocations and the server's share are shown
 * ({@code -prof}), and the results are also written as JSON to {@value #RESULT} ({@code -rf}, {@code -rff}).
 */
@Command(
        name = "jmh",
        description = "Runs the micro benchmarks. All further arguments are JMH's: a regular expression for names, -p"
                + " engine=jdk, -f 1, -l for a list, -h for help. By default -prof gc, the server's share, and -rf json"
                + " -rff " + JmhCommand.RESULT + ".")
public final class JmhCommand implements Callable<Integer> {
    static final String RESULT = "jmh-result.json";

    @Unmatched
    private List<String> arguments = new ArrayList<>();

    /** Called by the command line. */
    public JmhCommand() {}

    @Override
    public Integer call() throws IOException {
        org.openjdk.jmh.Main.main(withDefaults(arguments).toArray(String[]::new));
        return 0;
    }

    static List<String> withDefaults(List<String> given) {
        List<String> all = new ArrayList<>(given);
        if (!given.contains("-prof")) {
            all.addAll(List.of("-prof", "gc", "-prof", ServerShare.class.getName()));
        }
        if (!given.contains("-rf")) {
            all.addAll(List.of("-rf", "json"));
        }
        if (!given.contains("-rff")) {
            all.addAll(List.of("-rff", RESULT));
        }
        return all;
    }
}
