// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.StatefulHandler;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.samples.DurationConverter;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * A protocol in which the server speaks first, on one port in all three ways: a client that starts with a ClientHello
 * receives the greeting over TLS; a silent client receives it in plaintext, and may upgrade to TLS with STLS.
 */
@Command(
        name = "Pop3Greeting",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = "POP3 with one message, for any user and password: plain, STLS and TLS on one port.",
        footer = {
            "",
            "Try: curl pop3://user:password@127.0.0.1:1110/1",
            "     curl -k --ssl-reqd pop3://user:password@127.0.0.1:1110/1",
            "     curl -k pop3s://user:password@127.0.0.1:1110/1"
        })
public final class Pop3Greeting implements Callable<Integer> {
    private static final int LONGEST_LINE = 512;

    @Option(names = "--port", paramLabel = "PORT", description = "Default: 1110.")
    private int port = 1110;

    @Option(
            names = "--silence",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "How long to wait for a ClientHello before the greeting. Default: 200ms.")
    private Duration silence = Duration.ofMillis(200);

    /**
     * Serves until the process is stopped.
     *
     * @param arguments the command line
     */
    public static void main(String... arguments) {
        Programs.run(new Pop3Greeting(), arguments);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        TlsProfile tls = Programs.selfSigned().build();
        // snippet: server
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = Server.builder(dispatcher)
                        .listen(Programs.loopback(port), Gate.detect(tls, silence))
                        .handler(() -> new Pop3(tls))
                        .start()) {
            return Programs.serve(server, "pop3");
        }
        // end snippet
    }

    /** One session (RFC 1939, RFC 2595). */
    static final class Pop3 extends StatefulHandler {
        private final TlsProfile tls;
        private boolean authorized;

        Pop3(TlsProfile tls) {
            this.tls = tls;
        }

        // snippet: session
        @Override
        public void onOpen(Connection connection) {
            reply(connection, "+OK POP3 server ready");
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            // False after STLS and QUIT, and while too many replies are waiting to be sent
            while (connection.receiving()) {
                String line = Programs.line(data, LONGEST_LINE);
                if (line == null) {
                    return;
                }
                String command = line.split(" ", 2)[0].toUpperCase(Locale.ROOT);
                if (command.equals("STLS") && connection.session().isEmpty()) {
                    reply(connection, "+OK begin TLS");
                    var unused = connection.startTls(tls); // if it fails, the connection ends
                    return; // what follows this command is never interpreted
                }
                reply(connection, respond(connection, command));
                if (command.equals("QUIT")) {
                    connection.close();
                }
            }
        }

        @Override
        public void onSecured(Connection connection) {
            authorized = false; // discards what was received in plaintext (RFC 2595, 4); there is no second greeting
        }
        // end snippet

        private String respond(Connection connection, String command) {
            return switch (command) {
                case "CAPA" -> "+OK\r\nUSER\r\n" + (connection.session().isEmpty() ? "STLS\r\n" : "") + ".";
                case "USER", "NOOP" -> "+OK";
                case "PASS" -> {
                    authorized = true;
                    yield "+OK one message";
                }
                case "QUIT" -> "+OK goodbye";
                default -> authorized ? mail(command, message(connection)) : "-ERR send USER and PASS first";
            };
        }

        private static String mail(String command, String message) {
            return switch (command) {
                case "STAT" -> "+OK 1 " + message.length();
                case "LIST" -> "+OK\r\n1 " + message.length() + "\r\n.";
                case "RETR" -> "+OK\r\n" + message + ".";
                default -> "-ERR unknown command: " + command;
            };
        }

        private static String message(Connection connection) {
            String protocol = connection.session().map(TlsSession::protocol).orElse("plaintext");
            return "Subject: hello\r\n\r\nThis message arrived over " + protocol + ".\r\n";
        }

        private static void reply(Connection connection, String line) {
            connection.write(ISO_8859_1.encode(line + "\r\n"));
        }
    }
}
