// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Gate;
import io.portcullis.dispatch.Client;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.frame.MessageHandler;
import io.portcullis.samples.http.ScriptedConnection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Heads, as the backend receives them, and heads that it does not receive. */
final class ReverseProxyTest {
    private static final String END = "\r\n\r\n";

    @SuppressWarnings("NullAway.Init")
    private Dispatcher dispatcher;

    @SuppressWarnings("NullAway.Init")
    private Server proxy;

    /** Starts a backend that responds with the head of the request, and the proxy in front of it. */
    @BeforeEach
    void start() throws Exception {
        dispatcher = Dispatcher.create();
        Server backend = Server.builder(dispatcher)
                .listen(Programs.loopback(0), Gate.plain())
                .handler(() -> MessageHandler.of(16 * 1024, ReverseProxyTest::head, (connection, head) -> {
                    connection.write("HTTP/1.1 200 OK\r\nConnection: close" + END + head, ISO_8859_1);
                    connection.close();
                }))
                .start();
        Client client = Client.builder(dispatcher).build();
        int port = backend.addresses().get(0).getPort();
        proxy = Server.builder(dispatcher)
                .listen(Programs.loopback(0), Gate.plain())
                .handler(() -> new ReverseProxy.Front(client, "127.0.0.1", port))
                .start();
    }

    @AfterEach
    void stop() {
        dispatcher.close();
    }

    private static @Nullable String head(ByteBuffer data) {
        String head = ISO_8859_1.decode(data).toString();
        return head.endsWith(END) ? head : null;
    }

    @Test
    void theBackendLearnsTheAddressOfTheClient() throws Exception {
        String head = forwarded("GET /a?b HTTP/1.1\r\nHost: example.org\r\nAccept: */*");
        assertEquals(
                "GET /a?b HTTP/1.1\r\nHost: example.org\r\nAccept: */*\r\nX-Forwarded-For: 127.0.0.1\r\n"
                        + "X-Forwarded-Proto: https\r\nConnection: close" + END,
                head);
    }

    @Test
    void whatConcernsTheConnectionOrOnlyAProxyMaySayIsNotForwarded() throws Exception {
        String head = forwarded(String.join(
                "\r\n",
                "GET / HTTP/1.1",
                "Host: a",
                "Connection: Upgrade, secret, host",
                "Secret: b",
                "upgrade: websocket",
                "Keep-Alive: 5",
                "x-forwarded-for: 192.0.2.1",
                "X-FORWARDED-PROTO: http",
                "Secrets: c"));
        assertEquals(
                "GET / HTTP/1.1\r\nHost: a\r\nSecrets: c\r\nX-Forwarded-For: 127.0.0.1\r\n"
                        + "X-Forwarded-Proto: https\r\nConnection: close" + END,
                head);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X_Forwarded_For", // the same as X-Forwarded-For in CGI and its successors
                "x-forwarded_for",
                "X-Forwarded-Host",
                "X-Forwarded-Port",
                "X-Forwarded-Prefix",
                "Forwarded", // RFC 7239
                "X-Real-IP",
                "Proxy", // CVE-2016-5385
                "Proxy-Connection"
            })
    void aClientCannotSetFieldsOfProxies(String name) throws Exception {
        assertEquals(forwarded("GET / HTTP/1.1"), forwarded("GET / HTTP/1.1\r\n" + name + ": a\u0085b"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"FORWARDED http://a/ HTTP/1.1", "PROXY / HTTP/1.1\r\nConnections: a\r\nNot-Forwarded: b"})
    void fieldsAndMethodsOfSimilarNamesAreForwarded(String head) throws Exception {
        String forwarded = forwarded(head);
        assertTrue(forwarded.startsWith(head + "\r\nX-Forwarded-For: 127.0.0.1\r\n"), forwarded);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "GET /",
                "GET / HTTP/2.0",
                "GET /a b HTTP/1.1",
                "CONNECT a:22 HTTP/1.1\r\nHost: a:22",
                "GET / HTTP/1.1\r\nX-A: b\nX-Forwarded-For: 192.0.2.1",
                "GET / HTTP/1.1\r\nX-A: b\rX-Forwarded-For: 192.0.2.1",
                "GET / HTTP/1.1\r\nX-A: \0",
                "GET / HTTP/1.1\r\n X-Forwarded-For: 192.0.2.1",
                "GET / HTTP/1.1\r\nX-Forwarded-For : 192.0.2.1",
                "GET / HTTP/1.1\r\nno colon",
                "POST / HTTP/1.0\r\nTransfer-Encoding: chunked"
            })
    void aMalformedHeadIsABadRequest(String head) throws Exception {
        assertTrue(response(head + END).startsWith("HTTP/1.1 400 "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 4\r\nTransfer-Encoding: chunked",
                "transfer-encoding: chunked\r\nA: b\r\ncontent-length: 4",
                "Content-Length: 4\r\nContent-Length: 4",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                "Content-Length:",
                "Content-Length: +4",
                "Content-Length: 4, 4",
                "Content-Length: 0x4",
                "Transfer-Encoding: chunked, identity",
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding: \tchunked",
                "Transfer-Encoding: chunked\u0085identity",
                "Host: b"
            })
    void aRequestWhoseEndOrHostIsAmbiguousIsABadRequest(String fields) throws Exception {
        String response = response("POST / HTTP/1.1\r\nHost: a\r\n" + fields + END + "0" + END);
        assertTrue(response.startsWith("HTTP/1.1 400 "), response);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 0 ", "content-length:0", "Transfer-Encoding: Chunked"})
    void aRequestWithABodyIsForwarded(String field) throws Exception {
        String head = forwarded("POST / HTTP/1.1\r\nHost: a\r\n" + field);
        assertTrue(head.startsWith("POST / HTTP/1.1\r\nHost: a\r\n" + field + "\r\n"), head);
    }

    @Test
    void aHeadThatIsTooLongIsRefused() throws Exception {
        assertTrue(response("GET / HTTP/1.1\r\nX: " + "x".repeat(20_000) + END).startsWith("HTTP/1.1 431 "));
    }

    @Test
    void aHeadThatIsIncompleteAtItsDeadlineIsRefused() {
        try (Client client = Client.builder(dispatcher).build()) {
            ScriptedConnection front = ScriptedConnection.plain(new ReverseProxy.Front(client, "127.0.0.1", 1));
            front.receive("GET / HTTP/1.1\r\nX: ");
            assertTrue(front.passDelay());
            assertTrue(front.sent().startsWith("HTTP/1.1 408 "));
            assertTrue(front.isClosed());
        }
    }

    /** A closed client refuses to connect at once. */
    @Test
    void aCompleteHeadHasNoDeadline() {
        Client client = Client.builder(dispatcher).build();
        client.close();
        ScriptedConnection front = ScriptedConnection.plain(new ReverseProxy.Front(client, "127.0.0.1", 1));
        front.receive("GET / HTTP/1.1" + END);
        assertTrue(front.sent().startsWith("HTTP/1.1 502 "));
        assertFalse(front.passDelay());
    }

    @Test
    void aHeadOfManyFieldsIsForwarded() throws Exception {
        String fields = "\r\na:".repeat(4_000);
        assertTrue(forwarded("GET / HTTP/1.1" + fields).startsWith("GET / HTTP/1.1" + fields));
    }

    private String forwarded(String head) throws IOException {
        String response = response(head + END);
        assertTrue(response.startsWith("HTTP/1.1 200 "), response);
        return response.substring(response.indexOf(END) + END.length());
    }

    private String response(String request) throws IOException {
        try (Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), proxy.addresses().get(0).getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), US_ASCII);
        }
    }
}
