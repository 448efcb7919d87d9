// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import io.portcullis.dispatch.CertificateReload;
import io.portcullis.dispatch.Server;
import io.portcullis.proxy.TrustedPeers;
import io.portcullis.samples.http.Authority;
import io.portcullis.samples.operations.Operations;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.io.PrintStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Opens the listeners and serves until the process receives SIGTERM or SIGINT.
 *
 * <p>Standard output is meant for scripts: one line {@code listening KIND ADDRESS:PORT} per listener, then
 * {@code ready}, and nothing after that. Messages for people go to standard error.
 */
@Command(
        name = "serve",
        sortOptions = false,
        description = "Serves HTTP/1.1 and echo, plain and TLS, until Ctrl-C.",
        footer = {
            "",
            "A port of 0 selects any free port. Only the listeners named are opened; if none is",
            "named, all five are: plain 8080, tls 8443, mixed 9000, echo 9001, operations 9002."
        })
final class ServeCommand implements Callable<Integer> {
    private static final String LOG_LEVEL = "org.slf4j.simpleLogger.log.io.portcullis";

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @ArgGroup(validate = false, heading = "%nListeners:%n", order = 0)
    PortOptions ports = new PortOptions();

    @ArgGroup(validate = false, heading = "%nTLS:%n", order = 1)
    TlsOptions tls = new TlsOptions();

    @ArgGroup(validate = false, heading = "%nOperations:%n", order = 2)
    OperationsOptions operations = new OperationsOptions();

    @Option(names = "--host", paramLabel = "ADDRESS", description = "The address to listen on. Default: 127.0.0.1.")
    String host = "127.0.0.1";

    @Option(
            names = "--behind-proxy",
            paramLabel = "RANGE",
            split = ",",
            description =
                    "Load balancers, such as 10.0.0.0/8: --tls, --mixed and --echo accept connections from them only, "
                            + "each with a PROXY header; --plain remains available for probes.")
    List<String> balancers = List.of();

    @Option(
            names = "--handshake-timeout",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "How long a new connection may take to complete its handshake: 500ms, 10s, 2m. Default: 10s.")
    Duration handshakeTimeout = Duration.ofSeconds(10);

    @Option(names = "--threads", paramLabel = "N", description = "Dispatcher threads. Default: its own choice.")
    @Nullable
    Integer threads;

    @Option(
            names = "--warm-up",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "Warms up with handshakes in memory before listening, for at most this time. Default: none.")
    @Nullable
    Duration warmUp;

    @Option(
            names = "--drain",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "How long connections may drain after SIGTERM: each gets one more response, marked as its "
                    + "last; connections that are idle at the deadline are closed. Default: 5s.")
    Duration drain = Duration.ofSeconds(5);

    @Option(
            names = "--reload-every",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "How often certificate and trust files are checked for changes. Default: 10s.")
    Duration reloadEvery = Duration.ofSeconds(10);

    @Option(names = "--verbose", description = "Logs the framework's debug messages to standard error.")
    boolean verbose;

    @Override
    public Integer call() {
        if (verbose) {
            System.setProperty(LOG_LEVEL, "debug");
        }
        Map<ListenerKind, InetSocketAddress> wanted;
        TlsProfile profile;
        @Nullable TrustedPeers trusted;
        Operations site;
        try {
            wanted = addresses();
            checkThreads();
            trusted = balancers.isEmpty() ? null : TrustedPeers.of(balancers.toArray(String[]::new));
            site = operations.site(wanted.containsKey(ListenerKind.OPERATIONS));
            profile = tls.profile(Clock.systemUTC());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        if (tls.compatible()) {
            System.err.println("warning: --suites compatible offers cipher suites without forward secrecy or with CBC;"
                    + " use it for old clients and tests only");
        }
        try (site;
                SampleServers servers = SampleServers.start(
                        wanted,
                        profile,
                        trusted,
                        site.forEverybody(),
                        site,
                        server -> settings(server, site),
                        threads)) {
            site.started(servers.dispatcher(), servers.server());
            stopWithTheProcess(servers, site);
            report(servers, System.out, System.err);
            servers.awaitEnd();
            return 0;
        } catch (IOException e) {
            System.err.println("portcullis-samples: " + explain(e, wanted));
            return 1;
        }
    }

    /** Returns the address for each listener. */
    private Map<ListenerKind, InetSocketAddress> addresses() {
        Map<ListenerKind, InetSocketAddress> addresses = new EnumMap<>(ListenerKind.class);
        ports.ports().forEach((kind, port) -> {
            boolean operators = kind == ListenerKind.OPERATIONS;
            addresses.put(
                    kind,
                    new InetSocketAddress(
                            address(operators ? "--operations-host" : "--host", operators ? operations.host() : host),
                            port));
        });
        return addresses;
    }

    private static InetAddress address(String option, String host) {
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(option + " " + host + " is not an address of this machine", e);
        }
    }

    private void settings(Server.Builder server, Operations site) {
        site.observe(server);
        server.handshakeTimeout(handshakeTimeout).reloadCertificates(reloadEvery, ServeCommand::report);
        if (warmUp != null) {
            server.warmUp(warmUp);
        }
    }

    private static void report(CertificateReload reload) {
        System.err.println(reload.failure()
                .map(failure -> "certificates not reloaded: " + failure.getMessage())
                .orElseGet(() -> "certificates reloaded: " + reload.profile()));
    }

    private void checkThreads() {
        if (threads != null && threads < 1) {
            throw new IllegalArgumentException("--threads must be at least 1, not " + threads);
        }
    }

    private void stopWithTheProcess(SampleServers servers, Operations site) {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            site.stop();
                            servers.goOn(operations.notice);
                            servers.drain(drain);
                            System.err.println("stopped");
                        },
                        "portcullis-samples-stop"));
    }

    private void report(SampleServers servers, PrintStream out, PrintStream err) {
        servers.addresses()
                .forEach((kind, address) -> out.println("listening " + kind.label() + " " + Authority.of(address)));
        out.println("ready");
        out.flush();
        err.println("try:");
        Hints.commands(servers.addresses()).forEach(command -> err.println("  " + command));
        if (operations.showsDashboard()) {
            Hints.dashboard(servers.addresses()).ifPresent(url -> err.println("dashboard: " + url));
        }
        err.println("stop with Ctrl-C");
    }

    private String explain(IOException failure, Map<ListenerKind, InetSocketAddress> wanted) {
        return BusyPort.find(wanted)
                .map(busy -> "port " + busy.getValue().getPort() + " on "
                        + Authority.host(busy.getValue()) + " is in use (" + failure.getMessage()
                        + "): stop the program that listens there, or choose another port with --"
                        + busy.getKey().label() + " PORT (0 selects any free port)")
                .orElseGet(() -> failure instanceof BindException explained
                        ? String.valueOf(explained.getMessage())
                        : "cannot listen on " + host + ": " + failure.getMessage());
    }
}
