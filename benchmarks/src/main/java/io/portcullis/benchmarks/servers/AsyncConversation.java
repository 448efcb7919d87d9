// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousByteChannel;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/** One connection over a channel with completions, by hand: read, answer each request with a write, read again. */
final class AsyncConversation implements CompletionHandler<Integer, @Nullable ByteBuffer> {
    private static final int READ_BYTES = 1024;

    private final AsynchronousByteChannel channel;
    private final RequestScanner requests = new RequestScanner();
    private final ByteBuffer in = ByteBuffer.allocateDirect(READ_BYTES);
    private final ByteBuffer small = Answer.SMALL.buffer();

    AsyncConversation(AsynchronousByteChannel channel) {
        this.channel = channel;
    }

    void begin() {
        channel.read(in, null, this);
    }

    /** Called with the buffer that was written, or with none after a read. */
    @Override
    public void completed(Integer count, @Nullable ByteBuffer written) {
        if (count < 0) {
            close();
        } else if (written == null) {
            in.flip();
            answerNext();
        } else if (written.hasRemaining()) {
            channel.write(written, written, this);
        } else if (requests.closes()) {
            close();
        } else {
            answerNext();
        }
    }

    @Override
    public void failed(Throwable cause, @Nullable ByteBuffer written) {
        close();
    }

    private void answerNext() {
        Answer answer = requests.next(in);
        if (answer == null) {
            in.clear();
            channel.read(in, null, this);
        } else {
            ByteBuffer out = answer == Answer.SMALL ? small.rewind() : answer.buffer();
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
