// SPDX-License-Identifier: Apache-2.0
package io.portcullis.guide;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Gate;
import io.portcullis.channel.ChannelHandler;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.guide.moved.LineServer;
import io.portcullis.tls.TestCertificates;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server over the JDK's channels, and the same one over ours, as the page on channels shows them. */
@Timeout(60)
class AioMigrationTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final int MOST_CHANGED_LINES = 15;

    /** The bytes sent at a time, and the expected response. */
    private static final List<String> SENT = List.of(
            "hello\n",
            "two\nlines\n",
            "\n",
            "x".repeat(1000) + "\n",
            "the end of a line that comes ",
            "later\nand no more");

    private static final List<String> RECEIVED = List.of(
            "HELLO\n", "TWO\nLINES\n", "\n", "X".repeat(1000) + "\n", "", "THE END OF A LINE THAT COMES LATER\n");

    /** The program of one of the two servers. */
    private interface Main {
        void run(String... arguments) throws Exception;
    }

    @Test
    void theServerOverTheJdksChannelsReturnsEachLineInCapitals() throws Exception {
        assertProgramServes(io.portcullis.guide.aio.LineServer::main);
    }

    @Test
    void theServerThatHasMovedSendsTheSameBytes() throws Exception {
        assertProgramServes(LineServer::main);
    }

    @Test
    void theServerThatHasMovedSendsTheSameBytesUnderTls() throws Exception {
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = Server.builder(dispatcher)
                        .listen(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                                Gate.detect(TestCertificates.serverProfile()))
                        .handler(() -> new ChannelHandler(LineServer::serve))
                        .start()) {
            int port = server.addresses().get(0).getPort();
            try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), port)) {
                assertServes(plain);
            }
            try (Socket secured = TestCertificates.jdkClientContext()
                    .getSocketFactory()
                    .createSocket(new Socket(InetAddress.getLoopbackAddress(), port), "localhost", port, true)) {
                assertServes(secured);
            }
        }
    }

    private static void assertProgramServes(Main program) throws Exception {
        int port = freePort();
        FutureTask<Void> run = new FutureTask<>(() -> {
            program.run(String.valueOf(port));
            return null;
        });
        Thread thread = new Thread(run, "line server");
        thread.start();
        try (Socket socket = connectWhenReady(port, run)) {
            assertServes(socket);
        }
        thread.interrupt();
        assertInstanceOf(
                InterruptedException.class,
                assertThrows(ExecutionException.class, () -> run.get(20, TimeUnit.SECONDS))
                        .getCause());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static Socket connectWhenReady(int port, FutureTask<?> run) throws Exception {
        while (true) {
            try {
                return new Socket(InetAddress.getLoopbackAddress(), port);
            } catch (ConnectException notYet) {
                if (run.isDone()) {
                    run.get();
                }
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    private static void assertServes(Socket socket) throws IOException {
        socket.setSoTimeout(20_000);
        InputStream in = socket.getInputStream();
        for (int i = 0; i < SENT.size(); i++) {
            socket.getOutputStream().write(SENT.get(i).getBytes(US_ASCII));
            String expected = RECEIVED.get(i);
            assertEquals(expected, new String(in.readNBytes(expected.length()), US_ASCII));
        }
        socket.shutdownOutput();
        assertEquals(0, in.readAllBytes().length);
    }

    @Test
    void thePageShowsTheDifferenceBetweenTheTwo() throws IOException {
        List<String> page = Files.readAllLines(ROOT.resolve("docs/guide/channel.md"));
        int begin = page.indexOf("```diff") + 1;
        List<String> shown =
                page.subList(begin, begin + page.subList(begin, page.size()).indexOf("```"));
        assertEquals(source("aio"), sideOf(shown, line -> !line.startsWith("+")));
        assertEquals(source("moved"), sideOf(shown, line -> !line.startsWith("-")));
        long changed = shown.stream()
                .filter(line -> line.startsWith("+") || line.startsWith("-"))
                .count();
        assertTrue(changed <= MOST_CHANGED_LINES, changed + " lines are changed");
    }

    private static String sideOf(List<String> diff, Predicate<String> its) {
        return diff.stream()
                .filter(its)
                .map(line -> line.isEmpty() ? line : line.substring(1))
                .collect(Collectors.joining("\n"));
    }

    private static String source(String version) throws IOException {
        List<String> lines = Files.readAllLines(
                ROOT.resolve("framework/src/test/java/io/portcullis/guide/" + version + "/LineServer.java"));
        return String.join(
                "\n", lines.subList(lines.indexOf("// snippet: SERVER") + 1, lines.indexOf("// end snippet")));
    }
}
