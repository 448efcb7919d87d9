// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.StatefulHandler;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** STARTTLS (RFC 3207): every connection starts in plaintext, and mail is accepted only after the upgrade to TLS. */
@Command(
        name = "SmtpStartTls",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = "Accepts mail over TLS, after STARTTLS, and prints one line for each message. Stores nothing.",
        footer = {
            "",
            "Try: printf 'Subject: hello\\n\\nhello\\n' | curl -k --ssl-reqd --crlf -T - \\",
            "         --mail-from me@example.org --mail-rcpt you@example.org smtp://127.0.0.1:2525"
        })
public final class SmtpStartTls implements Callable<Integer> {
    private static final int LONGEST_LINE = 1000; // RFC 5321, 4.5.3.1.6
    private static final int MOST_RECIPIENTS = 100; // RFC 5321, 4.5.3.1.8
    private static final int LARGEST_MESSAGE = 1 << 20;

    @Option(names = "--port", paramLabel = "PORT", description = "Default: 2525.")
    private int port = 2525;

    /**
     * Serves until the process is stopped.
     *
     * @param arguments the command line
     */
    public static void main(String... arguments) {
        Programs.run(new SmtpStartTls(), arguments);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        TlsProfile tls = Programs.selfSigned().build();
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = Server.builder(dispatcher)
                        .listen(Programs.loopback(port), Gate.plain())
                        .handler(() -> new Smtp(tls))
                        .start()) {
            return Programs.serve(server, "smtp");
        }
    }

    /** One session: commands, and a message after DATA. */
    static final class Smtp extends StatefulHandler {
        private final TlsProfile tls;
        private @Nullable String from;
        private final List<String> to = new ArrayList<>();
        private int messageBytes = -1; // while commands are read

        Smtp(TlsProfile tls) {
            this.tls = tls;
        }

        @Override
        public void onOpen(Connection connection) {
            reply(connection, "220 localhost ESMTP");
        }

        // snippet: starttls
        @Override
        public void onData(Connection connection, ByteBuffer data) {
            // False after STARTTLS and QUIT, and while too many replies are waiting to be sent
            while (connection.receiving()) {
                String line = Programs.line(data, LONGEST_LINE);
                if (line == null) {
                    return;
                }
                if (messageBytes >= 0) {
                    readMessage(connection, line);
                } else if (line.equalsIgnoreCase("STARTTLS")
                        && connection.session().isEmpty()) {
                    reply(connection, "220 go ahead");
                    var unused = connection.startTls(tls); // sends the reply, then upgrades or closes
                    return;
                } else {
                    execute(connection, line);
                }
            }
        }

        @Override
        public void onSecured(Connection connection) {
            reset(); // RFC 3207, 4.2: discards what was received in plaintext; the client sends EHLO again
        }
        // end snippet

        private void execute(Connection connection, String line) {
            String command = line.split("[ :]", 2)[0].toUpperCase(Locale.ROOT);
            String argument = line.substring(line.indexOf(':') + 1);
            boolean secure = connection.session().isPresent();
            if (line.chars().anyMatch(Character::isISOControl)) {
                reply(connection, "501 control characters are not allowed"); // they could forge the output
                return;
            }
            switch (command) {
                case "EHLO" -> {
                    reset(); // RFC 5321, 4.1.4
                    reply(connection, secure ? "250 localhost" : "250-localhost\r\n250 STARTTLS");
                }
                case "NOOP" -> reply(connection, "250 ok");
                case "HELO", "RSET" -> reply(connection, reset());
                case "QUIT" -> {
                    reply(connection, "221 goodbye");
                    connection.close();
                }
                case "MAIL", "RCPT", "DATA" ->
                    reply(connection, secure ? envelope(command, argument) : "530 STARTTLS first");
                case "STARTTLS" -> reply(connection, secure ? "503 TLS is already active" : "501 no parameters");
                default -> reply(connection, "500 unknown command");
            }
        }

        private String envelope(String command, String argument) {
            if (command.equals("MAIL")) {
                from = argument;
            } else if (from == null || (command.equals("DATA") && to.isEmpty())) {
                return "503 send MAIL, RCPT, DATA in this order";
            } else if (command.equals("RCPT") && to.size() == MOST_RECIPIENTS) {
                return "452 too many recipients";
            } else if (command.equals("RCPT")) {
                to.add(argument);
            } else {
                messageBytes = 0;
                return "354 end with a dot on a line of its own";
            }
            return "250 ok";
        }

        private void readMessage(Connection connection, String line) {
            if (!line.equals(".")) {
                int bytes = line.length() + 2 - (line.startsWith(".") ? 1 : 0); // RFC 5321, 4.5.2
                messageBytes = Math.min(messageBytes + bytes, LARGEST_MESSAGE + 1);
            } else if (messageBytes > LARGEST_MESSAGE) {
                reset();
                reply(connection, "552 message too long");
            } else {
                String protocol = connection.session().map(TlsSession::protocol).orElseThrow();
                System.out.println("mail from " + from + " to " + String.join(",", to) + " of " + messageBytes
                        + " bytes over " + protocol);
                reply(connection, reset());
            }
        }

        private String reset() {
            from = null;
            to.clear();
            messageBytes = -1;
            return "250 ok";
        }

        private static void reply(Connection connection, String line) {
            connection.write(ISO_8859_1.encode(line + "\r\n"));
        }
    }
}
