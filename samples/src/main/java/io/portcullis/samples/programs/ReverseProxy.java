// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.Pipe;
import io.portcullis.dispatch.Client;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.frame.MessageHandler;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * A reverse proxy for HTTP/1.1: TLS in front, a plain or TLS backend behind. The head of a request is checked and
 * extended by the client's address; everything else is piped, whatever its size.
 */
@Command(
        name = "ReverseProxy",
        mixinStandardHelpOptions = true,
        description = "Serves HTTPS, and forwards each request to a backend, over TLS by default.")
public final class ReverseProxy implements Callable<Integer> {
    @Mixin
    private final ClientOptions options = new ClientOptions();

    @Option(names = "--port", paramLabel = "PORT", description = "Default: 8443.")
    private int port = 8443;

    @Parameters(index = "0", paramLabel = "HOST", description = "The backend.")
    private String host = "";

    @Parameters(index = "1", paramLabel = "PORT", description = "Its port.")
    private int backendPort;

    /**
     * Serves until the process is stopped.
     *
     * @param arguments the command line
     */
    public static void main(String... arguments) {
        Programs.run(new ReverseProxy(), arguments);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        TlsProfile tls = Programs.selfSigned().alpn("http/1.1").build();
        try (Dispatcher dispatcher = Dispatcher.create();
                Client client = options.client(dispatcher).build();
                Server server = Server.builder(dispatcher)
                        .listen(Programs.loopback(port), Gate.tls(tls))
                        .handler(() -> new Front(client, host, backendPort))
                        .start()) {
            return Programs.serve(server, "tls");
        }
    }

    /**
     * Forwards one request. The backend is asked to close the connection after its response, because the pipe would
     * pass on another request unchecked. A backend does not process one then (RFC 9112, 9.6), and its connection is not
     * used for any other client.
     */
    static final class Front extends MessageHandler<String> {
        private static final int LARGEST_HEAD = 16 * 1024;
        private static final Duration LONGEST_WAIT = Duration.ofSeconds(20); // for a whole head
        private static final Pattern REQUEST = Pattern.compile("(?!CONNECT )[A-Z]+ [!-~]+ HTTP/1\\.[01]");
        private static final Pattern FIELD = Pattern.compile("[\\w!#$%&'*+.^`|~-]+:[\\t -~\\x80-\\xFF]*");

        // Two readers could disagree on the end of the body, or on the host (RFC 9112, 3.2, 6.1 and 6.3)
        private static final Pattern AMBIGUOUS = Pattern.compile("""
                (?dimsx) ^(content-length|transfer-encoding):.* ^(content-length|transfer-encoding):
                | ^host:.* ^host:
                | \\A[^\\r]*1[.]0\\r.* ^transfer-encoding:
                | ^(content-length:(?!\\ *\\d+\\ *\\r?$) | transfer-encoding:(?!\\ *chunked\\ *\\r?$))""");
        private static final List<String> FOR_ALL = List.of("Host", "Content-Length", "Transfer-Encoding");

        // Fields of one connection (RFC 9110, 7.6.1), and of proxies; CGI regards "_" as "-", and "Proxy" as a setting
        private static final Pattern REPLACED = Pattern.compile(
                "(?i)(Connection|Keep-Alive|TE|Upgrade|Proxy[^ :]*|(X[-_])?Forwarded[^ :]*|X[-_]Real[-_]IP):");

        private final Client client;
        private final String host;
        private final int port;
        private Future<Void> deadline = CompletableFuture.completedFuture(null);

        Front(Client client, String host, int port) {
            super(LARGEST_HEAD);
            this.client = client;
            this.host = host;
            this.port = port;
        }

        @Override
        public void onOpen(Connection front) {
            deadline = front.schedule(LONGEST_WAIT, () -> refuse(front, "408 Request Timeout"));
        }

        @Override
        protected @Nullable String decode(ByteBuffer data) {
            int end = ISO_8859_1.decode(data.duplicate()).toString().indexOf("\r\n\r\n");
            if (end < 0) {
                return null;
            }
            byte[] head = new byte[end];
            data.get(head).position(end + 4);
            return new String(head, ISO_8859_1);
        }

        // snippet: forward
        @Override
        protected void onMessage(Connection front, String head) {
            deadline.cancel(false);
            List<String> lines = List.of(head.split("\r\n"));
            if (!REQUEST.matcher(lines.get(0)).matches()
                    || !lines.stream().skip(1).allMatch(FIELD.asMatchPredicate())
                    || AMBIGUOUS.matcher(head).find()) {
                refuse(front, "400 Bad Request");
                return;
            }
            front.pause(); // until there is a backend
            var unused = client.connect(host, port, (back, data) -> {}).whenComplete((back, failure) -> {
                if (failure == null) {
                    back.write(forwarded(lines, front), ISO_8859_1);
                    var unusedToo = Pipe.between(front, back); // the body, if any, and the response
                } else {
                    refuse(front, "502 Bad Gateway");
                }
            });
        }
        // end snippet

        @Override
        protected void onTooLong(Connection front, int limit) {
            refuse(front, "431 Request Header Fields Too Large");
        }

        private static void refuse(Connection front, String status) {
            front.write("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", ISO_8859_1);
            front.close();
        }

        /**
         * Removes the fields that concern the client's connection only (RFC 9110, 7.6.1), and adds those of a proxy.
         */
        private static String forwarded(List<String> lines, Connection front) {
            Set<String> dropped = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
            lines.stream()
                    .filter(line -> line.regionMatches(true, 0, "Connection:", 0, 11))
                    .flatMap(line -> Stream.of(line.split("[\t ,:]+")))
                    .forEach(dropped::add);
            FOR_ALL.forEach(dropped::remove);
            String kept = lines.stream()
                    .filter(line -> !dropped.contains(line.split(":", 2)[0])
                            && !REPLACED.matcher(line).lookingAt())
                    .collect(Collectors.joining("\r\n"));
            return kept + "\r\nX-Forwarded-For: "
                    + front.remoteAddress().getAddress().getHostAddress()
                    + "\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n";
        }
    }
}
