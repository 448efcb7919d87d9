// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Traffic;
import io.portcullis.proxy.ProxyHeader;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * A connection without a socket that follows the contract of {@link Connection}: unread bytes are presented again in
 * front of the next ones, a paused connection delivers nothing, and owned writes complete when the script says so.
 */
public final class ScriptedConnection implements Connection {
    private final ConnectionHandler handler;
    private final Optional<TlsSession> session;
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private final Queue<Runnable> completions = new ArrayDeque<>();
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final Queue<Scheduled> scheduled = new ArrayDeque<>();
    private byte[] unread = {};
    private boolean inTurn;
    private boolean paused;
    private boolean closed;
    private boolean outputEnded;
    private boolean congested;
    private boolean stopsReading;

    private record Scheduled(Runnable task, CompletableFuture<Void> done) {}

    private ScriptedConnection(ConnectionHandler handler, Optional<TlsSession> session) {
        this.handler = handler;
        this.session = session;
    }

    /** An open plain connection. */
    public static ScriptedConnection plain(ConnectionHandler handler) {
        return open(new ScriptedConnection(handler, Optional.empty()));
    }

    /** An open connection over TLS. */
    public static ScriptedConnection secured(ConnectionHandler handler, TlsSession session) {
        return open(new ScriptedConnection(handler, Optional.of(session)));
    }

    private static ScriptedConnection open(ScriptedConnection connection) {
        connection.turn(() -> connection.handler.onOpen(connection));
        return connection;
    }

    /** Delivers bytes from the peer. */
    public void receive(String bytes) {
        receive(bytes.getBytes(ISO_8859_1));
    }

    /** Delivers bytes from the peer. */
    void receive(byte[] bytes) {
        ByteBuffer joined = ByteBuffer.allocate(unread.length + bytes.length);
        unread = joined.put(unread).put(bytes).array();
        deliver();
    }

    /** Ends the peer's stream. */
    void receiveEnd() {
        turn(() -> handler.onEndOfInput(this));
    }

    /** Starts the drain of the server. */
    void drain() {
        turn(() -> handler.onDrain(this));
    }

    /** Completes the oldest owned write. */
    public void completeOneWrite() {
        turn(completions.remove());
        deliver();
    }

    /** Completes all owned writes, including those started by their completion. */
    void completeWrites() {
        while (!completions.isEmpty()) {
            completeOneWrite();
        }
    }

    /** Passes the delay of the oldest task that was scheduled. Returns false if the task was cancelled. */
    public boolean passDelay() {
        Scheduled oldest = scheduled.remove();
        if (oldest.done.isCancelled()) {
            return false;
        }
        turn(oldest.task);
        return oldest.done.complete(null);
    }

    /** Makes the peer stop reading: from the next write on, the limit of pending output is exceeded. */
    public void stopReading() {
        stopsReading = true;
    }

    /** Makes the peer read everything that was sent. */
    public void readOn() {
        stopsReading = false;
        congested = false;
        deliver();
    }

    /** Returns the number of owned writes that have not completed. */
    public int writesUnderWay() {
        return completions.size();
    }

    /** Returns what was sent since the last call, one character per byte. */
    public String sent() {
        String text = sent.toString(ISO_8859_1);
        sent.reset();
        return text;
    }

    /** Returns the number of bytes that have been delivered but not read. */
    public int unread() {
        return unread.length;
    }

    public boolean isClosed() {
        return closed;
    }

    private void deliver() {
        if (paused || congested || unread.length == 0) {
            return;
        }
        ByteBuffer data = ByteBuffer.wrap(unread);
        turn(() -> handler.onData(this, data));
        unread = new byte[data.remaining()];
        data.get(unread);
    }

    private void turn(Runnable callback) {
        inTurn = true;
        callback.run();
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
        inTurn = false;
    }

    @Override
    public long id() {
        return 0x5f3a;
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 50_000);
    }

    @Override
    public InetSocketAddress localAddress() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 9_000);
    }

    @Override
    public Optional<TlsSession> session() {
        return session;
    }

    @Override
    public CompletableFuture<TlsSession> secured() {
        return session.map(CompletableFuture::completedFuture).orElseGet(CompletableFuture::new);
    }

    @Override
    public boolean write(ByteBuffer data) {
        if (closed || outputEnded) {
            return false;
        }
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        sent.writeBytes(bytes);
        congested = stopsReading;
        return true;
    }

    @Override
    public <A> void write(ByteBuffer data, A attachment, CompletionHandler<Void, ? super A> completion) {
        if (!write(data)) {
            throw new AssertionError("an owned write after close()");
        }
        completions.add(() -> complete(attachment, completion));
    }

    @SuppressWarnings("NullAway")
    private static <A> void complete(A attachment, CompletionHandler<Void, ? super A> completion) {
        completion.completed(null, attachment);
    }

    @Override
    public Optional<String> listenerName() {
        return Optional.of("scripted");
    }

    @Override
    public boolean isOpen() {
        return !closed;
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return Set.of();
    }

    @Override
    public <T> T option(SocketOption<T> option) {
        throw new UnsupportedOperationException(option.name());
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) {
        throw new UnsupportedOperationException(option.name());
    }

    @Override
    public Duration age() {
        return Duration.ZERO;
    }

    @Override
    public Traffic traffic() {
        return new Traffic(0, 0, 0, 0);
    }

    @Override
    public boolean write(ByteBuffer... data) {
        boolean taken = true;
        for (ByteBuffer each : data) {
            taken &= write(each);
        }
        return taken;
    }

    @Override
    public boolean writable() {
        return pendingBytes() == 0;
    }

    @Override
    public int highWatermark() {
        return 0;
    }

    @Override
    public int lowWatermark() {
        return 0;
    }

    @Override
    public CompletableFuture<Void> schedule(Duration delay, Runnable task) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        scheduled.add(new Scheduled(task, done));
        return done;
    }

    @Override
    public void idleTimeout(Duration timeout) {}

    @Override
    public void readIdleTimeout(Duration timeout) {}

    @Override
    public void writeIdleTimeout(Duration timeout) {}

    @Override
    public void handler(ConnectionHandler next) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long pendingBytes() {
        return 0;
    }

    @Override
    public boolean receiving() {
        return !paused && !closed && !congested;
    }

    @Override
    public CompletableFuture<CloseReason> closed() {
        return new CompletableFuture<>();
    }

    @Override
    public boolean inTurn() {
        return inTurn;
    }

    @Override
    public void pause() {
        paused = true;
    }

    @Override
    public void resume() {
        paused = false;
    }

    @Override
    public void shutdownOutput() {
        outputEnded = true;
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public void abort() {
        closed = true;
    }

    @Override
    public boolean execute(Runnable task) {
        tasks.add(task);
        if (!inTurn) {
            turn(() -> {});
        }
        return true;
    }

    @Override
    public Optional<ProxyHeader> proxyHeader() {
        return Optional.empty();
    }

    @Override
    public Optional<InetSocketAddress> proxyAddress() {
        return Optional.empty();
    }

    @Override
    public CompletableFuture<Long> sendFile(FileChannel channel, long position, long count) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<TlsSession> startTls(TlsProfile profile) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<Void> stopTls() {
        throw new UnsupportedOperationException();
    }
}
