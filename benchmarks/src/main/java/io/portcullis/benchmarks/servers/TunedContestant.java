// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import java.util.List;
import java.util.Optional;

/**
 * A server with JVM options of its own, so that it can be measured beside itself without them.
 *
 * @param server the one; a JVM
 * @param jvmOptions added to those of the run
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
