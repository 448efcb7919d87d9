// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import io.portcullis.benchmarks.servers.Contestant;
import io.portcullis.benchmarks.servers.Launch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@link SmallServer} as a contestant.
 *
 * @param name the name on the command line
 * @param secure whether it uses TLS
 * @param missing the reason why it cannot run, if any
 * @param jvm whether it claims to run in a JVM
 */
record SmallContestant(String name, boolean secure, Optional<String> missing, boolean jvm) implements Contestant {

    @Override
    public String description() {
        return "a thread for each connection";
    }

    @Override
    public List<String> command(Launch launch) {
        List<String> command = new ArrayList<>(List.of(launch.java().toString()));
        command.addAll(launch.jvmOptions());
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                SmallServer.class.getName(),
                Integer.toString(launch.port()),
                secure ? "tls" : "plain",
                launch.certificate().toString(),
                launch.key().toString()));
        return command;
    }
}
