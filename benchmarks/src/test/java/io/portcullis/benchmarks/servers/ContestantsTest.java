// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.portcullis.benchmarks.Certificates;
import io.portcullis.benchmarks.servers.TestClient.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every server that can run here gives the required responses. */
class ContestantsTest {
    /**
     * Started as processes: servers without a JVM, servers that change the whole JVM, and one example of each common
     * kind.
     */
    private static final Set<String> AS_PROCESS = Set.of("nginx-plain", "nginx-tls", "portcullis-jdk-accp");

    @TempDir
    private static Path directory = Path.of("");

    private static Certificates.Pair pair = Certificates.EC.create();

    @BeforeAll
    static void writeCertificate() {
        pair.write(directory, "server");
    }

    static Stream<String> names() {
        return Contestants.all().stream().map(Contestant::name);
    }

    static Stream<String> secureNames() {
        return Contestants.all().stream().filter(Contestant::secure).map(Contestant::name);
    }

    @ParameterizedTest
    @MethodSource("names")
    void respondsAsAllOthersDo(String name) throws Exception {
        try (Started server = start(name)) {
            SocketFactory sockets =
                    server.secure() ? TestClient.trusting(pair).getSocketFactory() : SocketFactory.getDefault();
            try (TestClient client = TestClient.connect(server.port(), sockets)) {
                answersTwice(client);
                answersWithAMebibyte(client);
                answersPipelinedRequests(client);
                answersARequestInTwoPieces(client);
                respondsToNothingElse(client);
            }
            closesWhenAsked(server.port(), sockets);
        }
    }

    @ParameterizedTest
    @MethodSource("secureNames")
    void speaksBothVersionsAndResumesSessions(String name) throws Exception {
        try (Started server = start(name)) {
            assertAll(
                    name,
                    () -> assertEquals("TLS_AES_128_GCM_SHA256", suite(server.port(), "TLSv1.3")),
                    () -> assertEquals("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", suite(server.port(), "TLSv1.2")),
                    () -> assertTrue(resumes(server.port(), "TLSv1.3"), "resumes with TLS 1.3"),
                    () -> assertTrue(resumes(server.port(), "TLSv1.2"), "resumes with TLS 1.2"));
        }
    }

    @Test
    void hasEveryNameOnce() {
        List<String> names = names().toList();
        assertEquals(names.stream().distinct().toList(), names);
        for (String name : names) {
            assertEquals(name, Contestants.byName(name).name());
        }
    }

    @Test
    void listsTheNamesIfOneIsUnknown() {
        String message = assertThrows(IllegalArgumentException.class, () -> Contestants.byName("apache"))
                .getMessage();
        assertTrue(String.valueOf(message).endsWith(names().collect(Collectors.joining(", "))), message);
    }

    private static void answersTwice(TestClient client) throws IOException {
        assertEquals(response(CannedResponse.SMALL), client.ask(TestClient.SMALL));
        assertEquals(response(CannedResponse.SMALL), client.ask(TestClient.SMALL));
    }

    private static void answersWithAMebibyte(TestClient client) throws IOException {
        assertEquals(response(CannedResponse.LARGE), client.ask(TestClient.LARGE));
        assertEquals(response(CannedResponse.LARGE), client.ask(TestClient.LARGE));
    }

    private static void answersPipelinedRequests(TestClient client) throws IOException {
        client.send(TestClient.SMALL + TestClient.LARGE + TestClient.SMALL);
        assertEquals(response(CannedResponse.SMALL), client.receive());
        assertEquals(response(CannedResponse.LARGE), client.receive());
        assertEquals(response(CannedResponse.SMALL), client.receive());
    }

    /** The response to a complete request in front of it shows that the first piece has been read separately. */
    private static void answersARequestInTwoPieces(TestClient client) throws IOException {
        int cut = TestClient.SMALL.length() / 2;
        assertEquals(response(CannedResponse.SMALL), client.ask(TestClient.SMALL + TestClient.SMALL.substring(0, cut)));
        assertEquals(response(CannedResponse.SMALL), client.ask(TestClient.SMALL.substring(cut)));
    }

    private static void respondsToNothingElse(TestClient client) throws IOException {
        assertEquals(404, client.ask(TestClient.ELSEWHERE).status());
    }

    private static void closesWhenAsked(int port, SocketFactory sockets) throws IOException {
        try (TestClient client = TestClient.connect(port, sockets)) {
            assertEquals(response(CannedResponse.SMALL), client.ask(TestClient.LAST));
            assertTrue(client.hasEnded(), "the connection has ended");
        }
    }

    private static Response response(CannedResponse response) {
        return new Response(200, new String(response.body(), US_ASCII));
    }

    private static String suite(int port, String protocol) throws Exception {
        try (TestClient client = TestClient.connect(port, TestClient.trusting(pair), protocol)) {
            client.ask(TestClient.SMALL);
            return client.session().getCipherSuite();
        }
    }

    /** A value stored in the first session is present in the second if that is the same session. */
    private static boolean resumes(int port, String protocol) throws Exception {
        SSLContext context = TestClient.trusting(pair);
        String mark = "portcullis.mark";
        try (TestClient client = TestClient.connect(port, context, protocol)) {
            client.ask(TestClient.SMALL);
            client.session().putValue(mark, mark);
            client.ask(TestClient.LAST);
        }
        try (TestClient client = TestClient.connect(port, context, protocol)) {
            client.ask(TestClient.SMALL);
            return client.session().getValue(mark) != null;
        }
    }

    private static Started start(String name) throws Exception {
        Contestant contestant = Contestants.byName(name);
        Optional<String> missing = contestant.missing();
        assumeTrue(missing.isEmpty(), () -> name + ": " + missing.orElse(""));
        Path own = Files.createTempDirectory(directory, name);
        Path certificate = directory.resolve("server.pem");
        Path key = directory.resolve("server-key.pem");
        if (contestant instanceof JvmContestant jvm && !AS_PROCESS.contains(name)) {
            RunningServer server = jvm.start(new ServeOptions(0, certificate, key, own));
            return new Started(jvm.secure(), server.port(), server::close);
        }
        ServerProcess process = ServerProcess.start(contestant, certificate, key, own);
        return new Started(contestant.secure(), process.port(), process::close);
    }

    /** A server in this process or in a separate one. */
    private record Started(boolean secure, int port, Stop stop) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            stop.stop();
        }
    }

    /** Stops a server. */
    @FunctionalInterface
    private interface Stop {
        void stop() throws IOException;
    }
}
