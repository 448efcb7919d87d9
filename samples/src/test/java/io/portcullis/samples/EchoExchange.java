// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;

/**
 * Sends random bytes through an echo server in writes of random sizes while another thread reads them back, and
 * compares the digests.
 *
 * @param total the number of bytes
 * @param seed the seed of the bytes and the sizes
 * @param sizes chooses the size of each write
 * @param limit the largest size that is chosen
 */
record EchoExchange(long total, long seed, ToIntFunction<Random> sizes, int limit) {
    /** The first byte of a stream: a random one could be the first byte of a TLS record to a port that detects TLS. */
    static final byte FIRST_BYTE = 'p';

    private static final long MINUTES = 10;

    /** Runs the exchange and closes the connection in an orderly way. */
    void over(Socket socket) throws Exception {
        CompletableFuture<byte[]> sent = new CompletableFuture<>();
        Thread writer = new Thread(() -> complete(sent, () -> send(socket.getOutputStream())), "echo-writer");
        writer.setDaemon(true);
        writer.start();
        byte[] received = receive(socket.getInputStream());
        assertArrayEquals(sent.get(MINUTES, TimeUnit.MINUTES), received, "digests differ, seed " + seed);
        socket.shutdownOutput();
        assertEquals(-1, socket.getInputStream().read());
    }

    private byte[] send(OutputStream out) throws IOException {
        MessageDigest digest = sha256();
        Random random = new Random(seed);
        byte[] bytes = new byte[limit];
        long left = total;
        while (left > 0) {
            random.nextBytes(bytes);
            if (left == total) {
                bytes[0] = FIRST_BYTE;
            }
            int count = (int) Math.min(left, sizes.applyAsInt(random));
            digest.update(bytes, 0, count);
            out.write(bytes, 0, count);
            left -= count;
        }
        return digest.digest();
    }

    private byte[] receive(InputStream in) throws IOException {
        MessageDigest digest = sha256();
        byte[] bytes = new byte[64 * 1024];
        long left = total;
        while (left > 0) {
            int count = in.read(bytes, 0, (int) Math.min(left, bytes.length));
            if (count < 0) {
                throw new EOFException(left + " bytes are missing, seed " + seed);
            }
            digest.update(bytes, 0, count);
            left -= count;
        }
        return digest.digest();
    }

    private static void complete(CompletableFuture<byte[]> future, Digesting action) {
        try {
            future.complete(action.digest());
        } catch (IOException | RuntimeException e) {
            future.completeExceptionally(e);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private interface Digesting {
        byte[] digest() throws IOException;
    }
}
