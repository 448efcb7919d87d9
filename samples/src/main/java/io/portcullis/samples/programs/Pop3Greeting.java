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
 * A protocol in which the server speaks first, on one port in all three ways: a client that begins with a ClientHello
 * gets its greeting under TLS; one that is silent gets it in plaintext, and may go over to TLS by the command STLS.
 */
@Command(
        name = "Pop3Greeting",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = "POP3 with one letter, for every user and password: plain, STLS and TLS on one port.",
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
            description = "How long to listen for a ClientHello before the greeting. Default: 200ms.")
    private Duration silence = Duration.ofMillis(200);

    /**
     * Serves until it is stopped.
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
            say(connection, "+OK this side speaks first");
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            // Not behind STLS and QUIT, and not while too many answers wait to be read
            while (connection.receiving()) {
                String line = Programs.line(data, LONGEST_LINE);
                if (line == null) {
                    return;
                }
                String command = line.split(" ", 2)[0].toUpperCase(Locale.ROOT);
                if (command.equals("STLS") && connection.session().isEmpty()) {
                    say(connection, "+OK begin TLS");
                    var unused = connection.startTls(tls); // if it fails, the connection ends
                    return; // what stands behind this command is read by nobody
                }
                say(connection, answer(connection, command));
                if (command.equals("QUIT")) {
                    connection.close();
                }
            }
        }

        @Override
        public void onSecured(Connection connection) {
            authorized = false; // what was said in plaintext is forgotten (RFC 2595, 4); and no second greeting
        }
        // end snippet

        private String answer(Connection connection, String command) {
            return switch (command) {
                case "CAPA" -> "+OK\r\nUSER\r\n" + (connection.session().isEmpty() ? "STLS\r\n" : "") + ".";
                case "USER", "NOOP" -> "+OK";
                case "PASS" -> {
                    authorized = true;
                    yield "+OK one letter";
                }
                case "QUIT" -> "+OK goodbye";
                default -> authorized ? mail(command, letter(connection)) : "-ERR say USER and PASS first";
            };
        }

        private static String mail(String command, String letter) {
            return switch (command) {
                case "STAT" -> "+OK 1 " + letter.length();
                case "LIST" -> "+OK\r\n1 " + letter.length() + "\r\n.";
                case "RETR" -> "+OK\r\n" + letter + ".";
                default -> "-ERR not known here: " + command;
            };
        }

        private static String letter(Connection connection) {
            String way = connection.session().map(TlsSession::protocol).orElse("plaintext");
            return "Subject: hello\r\n\r\nThis letter came by " + way + ".\r\n";
        }

        private static void say(Connection connection, String line) {
            connection.write(ISO_8859_1.encode(line + "\r\n"));
        }
    }
}
