// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import java.util.List;
import java.util.Optional;

/**
 * A server with JVM options of its own, so that it can be compared with itself without them.
 *
 * @param server the server, which runs in a JVM
 * @param jvmOptions the options added to those of the run
 */
record TunedContestant(Contestant server, List<String> jvmOptions) implements Contestant {

    @Override
    public String name() {
        return server.name() + "[" + String.join(",", jvmOptions) + "]";
    }

    @Override
    public boolean secure() {
        return server.secure();
    }

    @Override
    public String description() {
        return server.description() + ", with " + String.join(" ", jvmOptions);
    }

    @Override
    public Optional<String> missing() {
        return server.missing();
    }

    @Override
    public List<String> command(Launch launch) {
        return server.command(new Launch(
                launch.port(),
                launch.certificate(),
                launch.key(),
                launch.java(),
                JvmOptions.with(launch.jvmOptions(), jvmOptions),
                launch.directory()));
    }
}
