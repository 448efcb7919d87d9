// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.tls.TestCertificates;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Clients of an echo server that send a byte of their own each, plain and under TLS, and count the bytes that are not
 * theirs.
 */
final class OwnBytes {
    private static final int CLIENTS = 4;
    private static final int CONNECTIONS = 60;
    private static final int ROUNDS = 6;
    private static final SSLSocketFactory TLS =
            TestCertificates.jdkClientContext().getSocketFactory();

    private OwnBytes() {}

    static void exchange(Server server, AtomicInteger strangers, AtomicInteger echoed) throws Exception {
        List<FutureTask<@Nullable Void>> clients = new ArrayList<>();
        for (int number = 0; number < CLIENTS; number++) {
            int first = number;
            clients.add(new FutureTask<>(() -> {
                for (int count = 0; count < CONNECTIONS; count++) {
                    connect(server, (byte) (32 + first + CLIENTS * (count % 20)), count % 2 == 1, strangers, echoed);
                }
                return null;
            }));
            new Thread(clients.get(number)).start();
        }
        for (FutureTask<@Nullable Void> client : clients) {
            client.get();
        }
    }

    private static void connect(
            Server server, byte own, boolean secure, AtomicInteger strangers, AtomicInteger echoed) {
        try (Socket plain = TestDispatcher.connect(server);
                Socket socket = secure ? TLS.createSocket(plain, "localhost", plain.getPort(), true) : plain) {
            for (int round = 1; round <= ROUNDS; round++) {
                byte[] bytes = new byte[round * round * 500 + 1];
                Arrays.fill(bytes, own);
                socket.getOutputStream().write(bytes);
                InputStream in = socket.getInputStream();
                byte[] answer = in.readNBytes(bytes.length);
                for (byte each : answer) {
                    if (each != own) {
                        strangers.incrementAndGet();
                    }
                }
                echoed.addAndGet(answer.length);
                if (answer.length < bytes.length) {
                    return;
                }
            }
        } catch (IOException endedByTheServer) {
            return;
        }
    }
}
