// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import io.portcullis.benchmarks.Main;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A server that runs in a JVM: its command starts a JVM with the classes of this program and the {@code serve} command.
 *
 * @param name the name
 * @param secure whether it speaks TLS
 * @param about supplies the description
 * @param reason supplies the reason why it cannot run here, empty if it can; may load native libraries
 * @param starter starts the server in this process
 * @param ownOptions JVM options that only this server needs
 */
record JvmContestant(
        String name,
        boolean secure,
        Supplier<String> about,
        Supplier<Optional<String>> reason,
        Starter starter,
        List<String> ownOptions)
        implements Contestant {

    /** Starts a server within this process. */
    @FunctionalInterface
    interface Starter {
        RunningServer start(ServeOptions options) throws Exception;
    }

    /** Creates a server that runs everywhere and needs no options. */
    JvmContestant(String name, boolean secure, Supplier<String> about, Starter starter) {
        this(name, secure, about, Optional::empty, starter, List.of());
    }

    JvmContestant missing(Supplier<Optional<String>> why) {
        return new JvmContestant(name, secure, about, why, starter, ownOptions);
    }

    JvmContestant options(String... jvmOptions) {
        return new JvmContestant(name, secure, about, reason, starter, List.of(jvmOptions));
    }

    @Override
    public String description() {
        return about.get();
    }

    @Override
    public Optional<String> missing() {
        return reason.get();
    }

    @Override
    public List<String> command(Launch launch) {
        List<String> command = new ArrayList<>();
        command.add(launch.java().toString());
        command.addAll(launch.jvmOptions());
        // Several use native code: the JDK must not print warnings about it, and all servers get the same options
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(ownOptions);
        command.addAll(List.of("-cp", classPath(), Main.class.getName(), ServeCommand.NAME, name));
        command.addAll(List.of("--port", Integer.toString(launch.port())));
        command.addAll(List.of("--certificate", absolute(launch.certificate())));
        command.addAll(List.of("--key", absolute(launch.key())));
        command.addAll(List.of("--directory", absolute(launch.directory())));
        return command;
    }

    RunningServer start(ServeOptions options) throws Exception {
        return starter.start(options);
    }

    private static String classPath() {
        return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
                .splitAsStream(System.getProperty("java.class.path"))
                .map(entry -> absolute(Path.of(entry)))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static String absolute(Path path) {
        return path.toAbsolutePath().toString();
    }
}
