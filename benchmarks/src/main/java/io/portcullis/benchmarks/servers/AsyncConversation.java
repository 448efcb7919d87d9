// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousByteChannel;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/** One connection over a completion-based channel, written by hand: read, write each response, read again. */
final class AsyncConversation implements CompletionHandler<Integer, @Nullable ByteBuffer> {
    private static final int READ_BYTES = 1024;

    private final AsynchronousByteChannel channel;
    private final RequestScanner requests = new RequestScanner();
    private final ByteBuffer in = ByteBuffer.allocateDirect(READ_BYTES);
    private final ByteBuffer small = CannedResponse.SMALL.buffer();

    AsyncConversation(AsynchronousByteChannel channel) {
        this.channel = channel;
    }

    void begin() {
        channel.read(in, null, this);
    }

    /** Called with the buffer that was written, or with null after a read. */
    @Override
    public void completed(Integer count, @Nullable ByteBuffer written) {
        if (count < 0) {
            close();
        } else if (written == null) {
            in.flip();
            respondNext();
        } else if (written.hasRemaining()) {
            channel.write(written, written, this);
        } else if (requests.closes()) {
            close();
        } else {
            respondNext();
        }
    }

    @Override
    public void failed(Throwable cause, @Nullable ByteBuffer written) {
        close();
    }

    private void respondNext() {
        CannedResponse response = requests.next(in);
        if (response == null) {
            in.clear();
            channel.read(in, null, this);
        } else {
            ByteBuffer out = response == CannedResponse.SMALL ? small.rewind() : response.buffer();
            channel.write(out, out, this);
        }
    }

    private void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
