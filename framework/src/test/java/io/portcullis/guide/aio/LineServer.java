// SPDX-License-Identifier: Apache-2.0
package io.portcullis.guide.aio;

// snippet: SERVER
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.TimeUnit;

/** Returns each line in upper case. One object serves one connection. */
public final class LineServer implements CompletionHandler<Integer, String> {
    private final AsynchronousSocketChannel channel;
    private final ByteBuffer input = ByteBuffer.allocate(1024);
    private ByteBuffer output = ByteBuffer.allocate(0);

    private LineServer(AsynchronousSocketChannel channel) {
        this.channel = channel;
    }

    /** Serves a port until the thread is interrupted. */
    public static void main(String... arguments) throws Exception {
        InetSocketAddress address = new InetSocketAddress(Integer.parseInt(arguments[0]));
        try (var server = AsynchronousServerSocketChannel.open().bind(address)) {
            while (true) {
                serve(server.accept().get());
            }
        }
    }

    /** Serves a connection. */
    public static void serve(AsynchronousSocketChannel channel) {
        new LineServer(channel).read();
    }

    private void read() {
        channel.read(input, 30, TimeUnit.SECONDS, "read", this);
    }

    @Override
    public void completed(Integer count, String operation) {
        if (count < 0) {
            close();
        } else if (operation.equals("read")) {
            answer();
        } else if (output.hasRemaining()) {
            channel.write(output, 30, TimeUnit.SECONDS, "write", this);
        } else {
            read();
        }
    }

    private void answer() {
        input.flip();
        int end = input.limit();
        while (end > 0 && input.get(end - 1) != '\n') {
            end--;
        }
        output = ByteBuffer.allocate(end);
        while (output.hasRemaining()) {
            output.put((byte) Character.toUpperCase(input.get()));
        }
        input.compact();
        if (input.hasRemaining()) {
            channel.write(output.flip(), 30, TimeUnit.SECONDS, "write", this);
        } else {
            close(); // the line is too long
        }
    }

    @Override
    public void failed(Throwable cause, String operation) {
        close();
    }

    private void close() {
        try {
            channel.close();
        } catch (IOException e) {
            System.err.println("closing a connection failed: " + e);
        }
    }
}
// end snippet
