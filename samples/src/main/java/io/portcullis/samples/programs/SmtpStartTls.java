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

/** STARTTLS (RFC 3207): every connection begins in plaintext, and mail is taken only from those that have left it. */
@Command(
        name = "SmtpStartTls",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = "Takes mail under TLS, after STARTTLS, and prints one line for each letter. Keeps nothing.",
        footer = {
            "",
            "Try: printf 'Subject: hello\\n\\nhello\\n' | curl -k --ssl-reqd --crlf -T - \\",
            "         --mail-from me@example.org --mail-rcpt you@example.org smtp://127.0.0.1:2525"
        })
public final class SmtpStartTls implements Callable<Integer> {
    private static final int LONGEST_LINE = 1000; // RFC 5321, 4.5.3.1.6
    private static final int MOST_RECIPIENTS = 100; // RFC 5321, 4.5.3.1.8
    private static final int LARGEST_LETTER = 1 << 20;

    @Option(names = "--port", paramLabel = "PORT", description = "Default: 2525.")
    private int port = 2525;

    /**
     * Serves until it is stopped.
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

    /** One session: commands, and after DATA a letter. */
    static final class Smtp extends StatefulHandler {
        private final TlsProfile tls;
        private @Nullable String from;
        private final List<String> to = new ArrayList<>();
        private int letterBytes = -1; // while commands are read

        Smtp(TlsProfile tls) {
            this.tls = tls;
        }

        @Override
        public void onOpen(Connection connection) {
            say(connection, "220 localhost ESMTP");
        }

        // snippet: starttls
        @Override
        public void onData(Connection connection, ByteBuffer data) {
            // Not behind STARTTLS and QUIT, and not while too many answers wait to be read
            while (connection.receiving()) {
                String line = Programs.line(data, LONGEST_LINE);
                if (line == null) {
                    return;
                }
                if (letterBytes >= 0) {
                    readLetter(connection, line);
                } else if (line.equalsIgnoreCase("STARTTLS")
                        && connection.session().isEmpty()) {
                    say(connection, "220 go ahead");
                    var unused = connection.startTls(tls); // reply sent, reads held, filter replaced; or the end
                    return;
                } else {
                    obey(connection, line);
                }
            }
        }

        @Override
        public void onSecured(Connection connection) {
            forget(); // RFC 3207, 4.2: nothing that was said in plaintext counts; the client says EHLO again
        }
        // end snippet

        private void obey(Connection connection, String line) {
            String command = line.split("[ :]", 2)[0].toUpperCase(Locale.ROOT);
            String argument = line.substring(line.indexOf(':') + 1);
            boolean secure = connection.session().isPresent();
            if (line.chars().anyMatch(Character::isISOControl)) {
                say(connection, "501 no control characters in a command"); // they could forge what is printed
                return;
            }
            switch (command) {
                case "EHLO" -> {
                    forget(); // RFC 5321, 4.1.4
                    say(connection, secure ? "250 localhost" : "250-localhost\r\n250 STARTTLS");
                }
                case "NOOP" -> say(connection, "250 ok");
                case "HELO", "RSET" -> say(connection, forget());
                case "QUIT" -> {
                    say(connection, "221 goodbye");
                    connection.close();
                }
                case "MAIL", "RCPT", "DATA" ->
                    say(connection, secure ? envelope(command, argument) : "530 say STARTTLS first");
                case "STARTTLS" -> say(connection, secure ? "503 this is TLS already" : "501 no parameters");
                default -> say(connection, "500 not known here");
            }
        }

        private String envelope(String command, String argument) {
            if (command.equals("MAIL")) {
                from = argument;
            } else if (from == null || (command.equals("DATA") && to.isEmpty())) {
                return "503 say MAIL, RCPT, DATA, in this order";
            } else if (command.equals("RCPT") && to.size() == MOST_RECIPIENTS) {
                return "452 too many recipients";
            } else if (command.equals("RCPT")) {
                to.add(argument);
            } else {
                letterBytes = 0;
                return "354 end with a dot on a line of its own";
            }
            return "250 ok";
        }

        private void readLetter(Connection connection, String line) {
            if (!line.equals(".")) {
                int bytes = line.length() + 2 - (line.startsWith(".") ? 1 : 0); // RFC 5321, 4.5.2
                letterBytes = Math.min(letterBytes + bytes, LARGEST_LETTER + 1);
            } else if (letterBytes > LARGEST_LETTER) {
                forget();
                say(connection, "552 too long");
            } else {
                String protocol = connection.session().map(TlsSession::protocol).orElseThrow();
                System.out.println("mail from " + from + " to " + String.join(",", to) + " of " + letterBytes
                        + " bytes by " + protocol);
                say(connection, forget());
            }
        }

        private String forget() {
            from = null;
            to.clear();
            letterBytes = -1;
            return "250 ok";
        }

        private static void say(Connection connection, String line) {
            connection.write(ISO_8859_1.encode(line + "\r\n"));
        }
    }
}
