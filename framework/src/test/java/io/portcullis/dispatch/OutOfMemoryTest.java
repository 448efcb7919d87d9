// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.tls.TestCertificates;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server whose heap was full for a while, whatever it was doing, serves again when memory is free. */
@Timeout(300)
class OutOfMemoryTest {
    private static final int ATTEMPTS = 100;
    private static final int SERVED = 20;
    private static final SSLContext CLIENT = TestCertificates.jdkClientContext();

    @Test
    @DisplayName(
            "R42 after the heap was exhausted, accepts continue, every client is served, and the server can be closed")
    void servesAgainWhenThereIsMemory() throws Exception {
        Process child = start();
        try (BufferedReader out = child.inputReader(StandardCharsets.US_ASCII);
                Writer in = child.outputWriter(StandardCharsets.US_ASCII)) {
            int plain = Integer.parseInt(out.readLine());
            int tls = Integer.parseInt(out.readLine());
            assertTrue(echoes(plain, 20_000), "it serves before");
            assertTrue(echoesOverTls(tls, 20_000), "it serves before");
            tell(in, StarvedServer.FILL);
            int served = 0;
            for (int i = 0; i < ATTEMPTS; i++) {
                served += echoes(plain, 20) ? 1 : 0;
                served += echoesOverTls(tls, 20) ? 1 : 0;
            }
            assertTrue(served < 2 * ATTEMPTS, "there was memory all the time");
            tell(in, StarvedServer.FREE);
            for (String log = out.readLine(); !"freed".equals(log); log = out.readLine()) {
                assertNotNull(log, "the server has ended");
            }
            assertEquals(SERVED, servedInARow(plain, tls), "served in a row on each port");
            tell(in, StarvedServer.END);
            assertEquals(0, child.waitFor(), "it did not end, or has returned a buffer twice");
        } finally {
            child.destroyForcibly();
        }
    }

    /**
     * Until this many are served in a row. The first ones may be served, and the next one not: a second after the last
     * lack of memory the threads and listeners are recreated, and a connection in the queue of an old listener is reset
     * then.
     */
    private static int servedInARow(int plain, int tls) throws InterruptedException {
        int served = 0;
        for (int i = 0; i < ATTEMPTS && served < SERVED; i++) {
            if (echoes(plain, 20_000) && echoesOverTls(tls, 20_000)) {
                served++;
            } else {
                served = 0;
                Thread.sleep(100);
            }
        }
        return served;
    }

    private static Process start() throws IOException {
        return new ProcessBuilder(
                        System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                        "-Xmx24m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path")
                                + File.pathSeparator
                                + System.getProperty("jdk.module.path", ""),
                        StarvedServer.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static void tell(Writer in, int command) throws IOException {
        in.write(command);
        in.flush();
    }

    private static boolean echoes(int port, int patience) {
        try (Socket socket = new Socket()) {
            return echoes(socket, port, patience);
        } catch (IOException notServed) {
            return false;
        }
    }

    private static boolean echoesOverTls(int port, int patience) {
        try (Socket socket = CLIENT.getSocketFactory().createSocket()) {
            return echoes(socket, port, patience);
        } catch (IOException notServed) {
            return false;
        }
    }

    private static boolean echoes(Socket socket, int port, int patience) throws IOException {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), patience);
        socket.setSoTimeout(patience);
        socket.getOutputStream().write('x');
        return socket.getInputStream().read() == 'x';
    }
}
