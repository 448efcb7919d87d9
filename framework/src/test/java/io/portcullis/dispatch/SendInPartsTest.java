// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.channel.ConnectionChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritePendingException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A single write to a channel is sent in many parts, but is still one write. */
@Timeout(60)
class SendInPartsTest extends RealClients {
    private static final int LENGTH = 20_000_000;
    private static final int TRIES = 6;

    /** Reports how many zeros came before the first other byte. */
    private static final class Zeros implements ConnectionHandler {
        final CompletableFuture<Integer> counted = new CompletableFuture<>();
        private int count;

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            while (data.hasRemaining()) {
                if (data.get() == 0) {
                    count++;
                } else {
                    counted.complete(count);
                }
            }
        }
    }

    /** Sends through one of the faces of a channel; completes when all of it is sent. */
    private interface Face {
        CompletableFuture<Void> send(ConnectionChannel channel, byte[] bytes);
    }

    @Test
    void noWriteComesBetweenThePartsOfASend() throws Exception {
        nobodyWritesBetween((channel, bytes) -> channel.send(ByteBuffer.wrap(bytes)));
    }

    @Test
    void noWriteComesBetweenThePartsOfAnArrayThatAStreamSends() throws Exception {
        nobodyWritesBetween((channel, bytes) -> CompletableFuture.runAsync(() -> {
            try {
                channel.streams().output().write(bytes);
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }));
    }

    private void nobodyWritesBetween(Face face) throws Exception {
        byte[] data = new byte[LENGTH];
        for (int i = 0; i < TRIES; i++) {
            Zeros zeros = new Zeros();
            int port = test.server(Gate.plain(), () -> zeros).addresses().get(0).getPort();
            ConnectionChannel channel = get(client(builder -> builder).open("localhost", port));
            CompletableFuture<Void> sent = face.send(channel, data);
            TestDispatcher.until(() -> channel.connection().traffic().networkOut() > 0);
            Thread other = new Thread(() -> writeAsSoonAsPossible(channel));
            other.start();
            get(CompletableFuture.anyOf(sent, channel.connection().closed()));
            assertTrue(sent.isDone(), "the connection has ended before everything was sent");
            other.join();
            get(sent);
            assertEquals(LENGTH, get(zeros.counted));
            channel.close();
        }
    }

    private static void writeAsSoonAsPossible(ConnectionChannel channel) {
        ByteBuffer one = ByteBuffer.wrap(new byte[] {1});
        boolean pending = true;
        while (pending) {
            try {
                var unused = channel.write(one);
                pending = false;
            } catch (WritePendingException notYet) {
                Thread.onSpinWait();
            }
        }
    }
}
