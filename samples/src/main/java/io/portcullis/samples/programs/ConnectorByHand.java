// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.portcullis.testkit.SelfSignedCertificate;
import io.portcullis.tls.Filter;
import io.portcullis.tls.Step;
import io.portcullis.tls.TlsException;
import io.portcullis.tls.TlsProfile;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;

/** TLS between two peers in one thread. The network is two byte arrays: no socket, no dispatcher, no clock. */
@Command(
        name = "ConnectorByHand",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = "A client and a server handshake and talk through two byte arrays; prints every step.")
public final class ConnectorByHand implements Callable<Integer> {
    private static final int ROOM = 64 * 1024;
    private static final int LONGEST = ROOM / 8;

    @Option(names = "--message", paramLabel = "TEXT", description = "The message of the client. Default: hello.")
    private String message = "hello";

    @Option(names = "--protocol", paramLabel = "VERSION", description = "TLSv1.3 (default) or TLSv1.2.")
    private String protocol = "TLSv1.3";

    /**
     * Runs to completion.
     *
     * @param arguments the command line
     */
    public static void main(String... arguments) {
        Programs.run(new ConnectorByHand(), arguments);
    }

    @Override
    public Integer call() throws TlsException {
        if (message.isEmpty() || message.length() > LONGEST) {
            throw new IllegalArgumentException("--message must have 1 to " + LONGEST + " characters");
        }
        SelfSignedCertificate made = SelfSignedCertificate.create();
        TlsProfile ofServer = TlsProfile.builder()
                .certificate(made.key(), made.certificate())
                .protocols(protocol)
                .build();
        TlsProfile ofClient = TlsProfile.builder().trust(made.certificate()).build();
        // snippet: ends
        ByteBuffer toServer = ByteBuffer.wrap(new byte[ROOM]); // the network: bytes sent, but not yet received
        ByteBuffer toClient = ByteBuffer.wrap(new byte[ROOM]);
        try (Connector client = new Connector("client", ofClient.clientFilter("localhost", 443), toClient, toServer);
                Connector server = new Connector("server", ofServer.serverFilter(), toServer, toClient)) {
            client.send(message);
            boolean moved = true;
            while (moved) {
                moved = client.run();
                moved |= server.run();
                server.received().ifPresent(text -> server.send(text.toUpperCase(Locale.ROOT)));
                client.received().ifPresent(text -> client.filter.closeOutput());
            }
            return client.ended && server.ended ? ExitCode.OK : ExitCode.SOFTWARE;
        }
        // end snippet
    }

    /** One peer: a filter, the two directions of the network, and the data of the application. */
    private static final class Connector implements AutoCloseable {
        private final String name;
        private final ByteBuffer fromNetwork;
        private final ByteBuffer toNetwork;
        private final ByteBuffer toApplication = ByteBuffer.allocate(ROOM);
        private ByteBuffer fromApplication = ByteBuffer.allocate(0);
        private Filter filter;
        private boolean ended;

        Connector(String name, Filter filter, ByteBuffer fromNetwork, ByteBuffer toNetwork) {
            this.name = name;
            this.filter = filter;
            this.fromNetwork = fromNetwork;
            this.toNetwork = toNetwork;
        }

        // snippet: run
        /** Runs until it waits for the other peer. Returns whether it made progress. */
        boolean run() throws TlsException {
            boolean sending = true;
            int sent = toNetwork.position();
            int received = fromNetwork.flip().remaining();
            while (true) {
                Step step =
                        sending ? filter.encode(fromApplication, toNetwork) : filter.decode(fromNetwork, toApplication);
                System.out.println(name + (sending ? " encode " : " decode ") + step);
                switch (step) {
                    case PROGRESS -> {} // call again
                    case SECURED -> System.out.println(name + " secured: " + filter.session());
                    case RUN_TASK -> Objects.requireNonNull(filter.task()).run(); // here, or on any other thread
                    case NEED_ENCODE -> sending = true;
                    case NEED_DECODE -> sending = false;
                    case REPLACE -> filter = filter.successor();
                    case NEED_INPUT, NEED_SPACE, CLOSED -> {
                        if (!sending) {
                            ended |= step == Step.CLOSED;
                            boolean moved = toNetwork.position() != sent || fromNetwork.remaining() != received;
                            fromNetwork.compact();
                            return moved;
                        }
                        sending = false;
                    }
                }
            }
        }
        // end snippet

        void send(String text) {
            byte[] bytes = text.getBytes(UTF_8);
            fromApplication = ByteBuffer.allocate(fromApplication.remaining() + bytes.length)
                    .put(fromApplication)
                    .put(bytes)
                    .flip();
        }

        /** Returns what was received since the last call; closes the output once the other peer has closed its own. */
        Optional<String> received() {
            if (ended) {
                filter.closeOutput();
            }
            String text = UTF_8.decode(toApplication.flip()).toString();
            toApplication.clear();
            if (text.isEmpty()) {
                return Optional.empty();
            }
            System.out.println(name + " received: " + text);
            return Optional.of(text);
        }

        @Override
        public void close() {
            filter.free();
        }
    }
}
