// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients that behave like applications and load balancers: each keeps its connection and reuses it until a response
 * says that it is closed. The requests must not be repeated (RFC 9110, 9.2.2), so that a request without a response is
 * lost.
 */
final class KeepAlive implements AutoCloseable {
    private static final byte[] REQUEST =
            "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nping".getBytes(US_ASCII);
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

    private final List<Thread> threads = new ArrayList<>();
    private final Queue<String> lost = new ConcurrentLinkedQueue<>();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong announced = new AtomicLong();
    private final AtomicBoolean enough = new AtomicBoolean();

    /** Starts one more client. */
    void start(Wire wire, InetSocketAddress address) {
        Thread thread = new Thread(() -> {
            while (!enough.get()) {
                useOneConnection(wire, address);
            }
        });
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void useOneConnection(Wire wire, InetSocketAddress address) {
        int before = 0;
        try (Socket socket = wire.connect(address)) {
            boolean goesOn = true;
            while (goesOn && !enough.get()) {
                goesOn = exchange(socket);
                answered.incrementAndGet();
                before++;
            }
            if (!goesOn) {
                announced.incrementAndGet();
            }
        } catch (IOException e) {
            lost.add(wire + " " + address + ": after " + before + " responses: " + e);
        }
    }

    /** Returns whether the connection may be reused. */
    private static boolean exchange(Socket socket) throws IOException {
        socket.getOutputStream().write(REQUEST);
        InputStream in = socket.getInputStream();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("the connection ended after '" + head + "'");
            }
            head.append((char) next);
        }
        if (!head.toString().startsWith("HTTP/1.1 200 ")) {
            throw new IOException(head.toString());
        }
        String body = new String(in.readNBytes(4), US_ASCII);
        if (!body.equals("ping")) {
            throw new EOFException("the body is '" + body + "'");
        }
        return head.toString().toLowerCase(Locale.ROOT).indexOf("\r\nconnection: close\r\n") < 0;
    }

    /** Waits until the given number of further requests have been answered. */
    void awaitAnswers(long more) {
        await(answered.get() + more, answered, "responses");
    }

    /** Waits until the given number of connections in total have been closed after a response that announced it. */
    void awaitAnnouncedCloses(long count) {
        await(count, announced, "announced closes");
    }

    private void await(long wanted, AtomicLong count, String what) {
        long end = System.nanoTime() + PATIENCE;
        while (count.get() < wanted) {
            if (System.nanoTime() > end) {
                throw new AssertionError("only " + count + " of " + wanted + " " + what + "; lost: " + lost);
            }
            Thread.onSpinWait();
        }
    }

    /** Stops the clients, and returns what they have lost. */
    List<String> finish() throws InterruptedException {
        enough.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        return List.copyOf(lost);
    }

    @Override
    public void close() {
        enough.set(true);
    }
}
