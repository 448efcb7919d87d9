// SPDX-License-Identifier: Apache-2.0
package io.portcullis.guide;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.buffer.BufferPool;
import io.portcullis.channel.BlockingStreams;
import io.portcullis.channel.ChannelHandler;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.frame.FrameHandler;
import io.portcullis.frame.LengthField;
import io.portcullis.frame.LineHandler;
import io.portcullis.frame.MessageHandler;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs the snippets of the page on streams, lines and frames. */
@Timeout(60)
class StreamsGuideTest {

    private interface Talk {
        void with(Socket socket) throws IOException;
    }

    private static void serve(Supplier<? extends ConnectionHandler> handler, Talk talk) throws IOException {
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = Server.builder(dispatcher)
                        .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Gate.plain())
                        .handler(handler)
                        .start();
                Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(),
                        server.addresses().get(0).getPort())) {
            socket.setSoTimeout(20_000);
            talk.with(socket);
        }
    }

    // snippet: SESSION
    static void greet(BlockingStreams streams) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(streams.input(), UTF_8));
        String name = lines.readLine(); // blocks, on its own thread
        streams.output().write(("hello " + name + "\n").getBytes(UTF_8));
    } // the connection is closed gracefully
    // end snippet

    @Test
    void aSessionBlocks() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool(); // from Java 21 on: newVirtualThreadPerTaskExecutor()
        // snippet: BLOCKING
        Supplier<ConnectionHandler> handler = () -> ChannelHandler.blocking(threads, StreamsGuideTest::greet);
        // end snippet
        serve(handler, socket -> {
            socket.getOutputStream().write("Ada\n".getBytes(UTF_8));
            assertEquals("hello Ada\n", new String(socket.getInputStream().readAllBytes(), UTF_8));
        });
        threads.shutdown();
        assertTrue(threads.awaitTermination(20, TimeUnit.SECONDS));
    }

    @Test
    void aPublisherFeedsASubscriber() throws Exception {
        // snippet: FLOW
        Supplier<ConnectionHandler> handler =
                () -> new ChannelHandler(channel -> channel.publisher().subscribe(channel.subscriber())); // an echo
        // end snippet
        serve(handler, socket -> {
            socket.getOutputStream().write(42);
            assertEquals(42, socket.getInputStream().read());
            socket.shutdownOutput();
            assertEquals(-1, socket.getInputStream().read());
        });
    }

    // snippet: LINES
    static final class Greeter extends LineHandler {
        private int lines; // one handler for each connection

        Greeter() {
            super(512); // bytes, without the line end
        }

        @Override
        protected void onLine(Connection connection, String line) {
            lines++;
            connection.write(UTF_8.encode(lines + ": hello " + line + "\r\n"));
        }

        @Override
        protected void onTooLong(Connection connection, int limit) {
            connection.write(UTF_8.encode("at most " + limit + " bytes, please\r\n"));
        }
    }
    // end snippet

    @Test
    void linesGetResponses() throws Exception {
        serve(Greeter::new, socket -> {
            socket.getOutputStream().write(("Ada\n" + "x".repeat(600) + "\r\nGrace\r\n").getBytes(UTF_8));
            BufferedReader answers = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
            assertEquals("1: hello Ada", answers.readLine());
            assertEquals("at most 512 bytes, please", answers.readLine());
            assertEquals("2: hello Grace", answers.readLine());
        });
    }

    @Test
    void aFunctionReceivesLines() throws Exception {
        // snippet: LINE_FUNCTION
        Supplier<ConnectionHandler> handler =
                () -> LineHandler.of(512, (connection, line) -> connection.write(UTF_8.encode(line + "\r\n")));
        // end snippet
        serve(handler, socket -> {
            socket.getOutputStream().write("Ada\n".getBytes(UTF_8));
            assertEquals("Ada\r\n", new String(socket.getInputStream().readNBytes(5), UTF_8));
        });
    }

    private static final int REQUEST = 32;
    private static final int RESPONSE = 64 * 1024;

    // snippet: RECEIVING
    static final class Answering implements ConnectionHandler {
        @Override
        public void onData(Connection connection, ByteBuffer data) {
            while (data.remaining() >= REQUEST && connection.receiving()) {
                data.position(data.position() + REQUEST);
                connection.write(ByteBuffer.allocate(RESPONSE));
            } // unread bytes are presented again as soon as the peer has read
        }
    }
    // end snippet

    /** Requests come in one segment from a peer that reads nothing, with responses 2,000 times as long. */
    @Test
    void manyRequestsOfOneSegmentGetResponsesAsFastAsTheyAreRead() throws Exception {
        int requests = 2000;
        BufferPool pool = BufferPool.create();
        try (Dispatcher dispatcher = Dispatcher.builder().buffers(pool).build();
                Server server = Server.builder(dispatcher)
                        .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Gate.plain())
                        .handler(Answering::new)
                        .start();
                Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(),
                        server.addresses().get(0).getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(new byte[requests * REQUEST]);
            byte[] answer = new byte[RESPONSE];
            DataInputStream in = new DataInputStream(socket.getInputStream());
            for (int i = 0; i < requests; i++) {
                in.readFully(answer);
                assertTrue(
                        pool.statistics().activeBytes() < 4 << 20, "responses accumulate for a peer that reads slowly");
            }
        }
    }

    @Test
    void framesGetResponses() throws Exception {
        // snippet: FRAMES
        LengthField field = LengthField.ofBytes(2);
        Supplier<ConnectionHandler> handler = () -> FrameHandler.of(
                field, 1000, (Connection connection, ByteBuffer frame) -> connection.write(field.frame(frame)));
        // end snippet
        serve(handler, socket -> {
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            out.writeUTF("two bytes of length, and then the text");
            out.flush();
            assertEquals(
                    "two bytes of length, and then the text", new DataInputStream(socket.getInputStream()).readUTF());
        });
    }

    // snippet: POSTGRESQL
    static final class Postgres extends FrameHandler {
        /** A type, and four bytes of length, which count themselves but not the type. */
        static final LengthField MESSAGE =
                LengthField.ofBytes(4).offset(1).countingItself().withHeader();

        Postgres() {
            super(MESSAGE, 64 * 1024); // bytes after the header
        }

        @Override
        protected void onFrame(Connection connection, ByteBuffer message) {
            char type = (char) message.get(0);
            if (type == 'X') { // Terminate
                connection.close();
            } else {
                connection.write(MESSAGE.frame(ByteBuffer.wrap(new byte[] {'Z', 'I'}))); // ReadyForQuery, idle
            }
        }
    }
    // end snippet

    @Test
    void messagesOfPostgresAreFrames() throws Exception {
        serve(Postgres::new, socket -> {
            byte[] sync = {'S', 0, 0, 0, 4};
            byte[] terminate = {'X', 0, 0, 0, 4};
            socket.getOutputStream().write(sync);
            socket.getOutputStream().write(terminate);
            assertArrayEquals(
                    new byte[] {'Z', 0, 0, 0, 5, 'I'}, socket.getInputStream().readAllBytes());
        });
    }

    @Test
    void aFieldMayBeAVarintOrAFunction() throws Exception {
        // snippet: FIELDS
        LengthField mqtt = LengthField.varint(4).offset(1).withHeader();
        LengthField fourteenBits = LengthField.parsed(
                2, header -> header.remaining() < 2 ? LengthField.INCOMPLETE : header.getShort() & 0x3fff);
        // end snippet
        byte[] ping = {(byte) 0xc0, 0};
        assertEquals(ByteBuffer.wrap(ping), mqtt.frame(ByteBuffer.wrap(ping, 0, 1)));
        serve(() -> FrameHandler.of(mqtt, 1000, Connection::write), socket -> {
            socket.getOutputStream().write(ping);
            assertArrayEquals(ping, socket.getInputStream().readNBytes(2));
        });
        serve(() -> FrameHandler.of(fourteenBits, 1000, Connection::write), socket -> {
            socket.getOutputStream().write(new byte[] {(byte) 0xc0, 3, 'A', 'd', 'a'});
            assertEquals("Ada", new String(socket.getInputStream().readNBytes(3), UTF_8));
        });
    }

    // snippet: MESSAGES
    static final class Requests extends MessageHandler<String> {
        private static final int CR_LF_CR_LF = 0x0d0a0d0a;

        Requests() {
            super(8 * 1024); // bytes of the head of a request
        }

        @Override
        protected @Nullable String decode(ByteBuffer data) {
            for (int end = 4; end <= data.limit(); end++) {
                if (data.getInt(end - 4) == CR_LF_CR_LF) {
                    return ISO_8859_1.decode(data.limit(end)).toString(); // moves the position to the limit
                }
            }
            return null; // incomplete
        }

        @Override
        protected void onMessage(Connection connection, String head) {
            connection.write(UTF_8.encode("HTTP/1.1 204 No Content\r\n\r\n"));
        }

        @Override
        protected void onTooLong(Connection connection, int limit) {
            connection.write(UTF_8.encode("HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n"));
        }
    }
    // end snippet

    @Test
    void messagesAreDecoded() throws Exception {
        serve(Requests::new, socket -> {
            String request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
            socket.getOutputStream().write((request + request + "GET /" + "x".repeat(9000)).getBytes(UTF_8));
            BufferedReader replies = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
            assertEquals(
                    List.of(
                            "HTTP/1.1 204 No Content",
                            "",
                            "HTTP/1.1 204 No Content",
                            "",
                            "HTTP/1.1 431 Request Header Fields Too Large",
                            "Connection: close",
                            ""),
                    replies.lines().toList());
        });
    }
}
