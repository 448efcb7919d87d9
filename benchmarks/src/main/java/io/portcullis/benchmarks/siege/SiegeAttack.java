// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.siege;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The attackers of one sort. Replies to each line on standard input with a line {@code open}, the number of open
 * connections, and the number of connections made so far; closes all connections at the end of its input.
 */
@Command(name = SiegeAttack.NAME, hidden = true, description = "Attacks for siege.")
public final class SiegeAttack implements Callable<Integer> {
    static final String NAME = "siege-attack";
    static final String OPEN = "open ";

    @Option(names = "--port", required = true, description = "the port of the server on 127.0.0.1")
    private int port;

    @Option(names = "--sort", required = true, description = "the kind of attack")
    private String sort = "";

    @Option(names = "--attackers", required = true, description = "the number of concurrent connections")
    private int attackers;

    @Option(names = "--pace", required = true, description = "the maximum number of connects per second")
    private int pace;

    /** Called by the command line. */
    public SiegeAttack() {}

    @Override
    public Integer call() throws Exception {
        try (Attackers all = new Attackers(port, Sort.of(sort), attackers, pace)) {
            all.begin();
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, US_ASCII));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                System.out.println(OPEN + all.open() + " " + all.made());
            }
        }
        return 0;
    }
}
