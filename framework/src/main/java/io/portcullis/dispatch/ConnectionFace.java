// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import io.portcullis.buffer.BufferPool;
import io.portcullis.buffer.Lease;
import io.portcullis.proxy.ProxyHeader;
import io.portcullis.tls.TlsSession;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileChannel;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The side of a connection that any thread may use. Within a turn a request is carried out at once; from elsewhere it goes
 * through the inbox and is carried out in a turn.
 */
abstract class ConnectionFace extends CountedConnection implements Strand.Turn {
    private static final int CHUNK = 64 * 1024;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final VarHandle POSTED;

    static {
        try {
            POSTED = MethodHandles.lookup().findVarHandle(ConnectionFace.class, "posted", long.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private final long id;
    private final InetSocketAddress remoteAddress;
    private final InetSocketAddress localAddress;

    /** The name of the server that was connected to; null if this side is the server. */
    final @Nullable String host;

    private final Inbox inbox = new Inbox();
    final Transport transport;
    final Strand strand;
    Ending ending = Ending.NONE;
    /** Who waits for the session or the end, in their order; whoever gives up is forgotten. */
    private @Nullable Set<Runnable> awaiting;

    volatile @Nullable TlsSession session;
    /** What the strand knows of. */
    volatile long pendingBytes;

    /** What other threads have written since: it counts from the moment at which it was accepted. */
    @SuppressWarnings("unused") // used by POSTED
    private volatile long posted;

    volatile boolean outputClosed;
    volatile boolean upgrading;

    /** How many upgrades have begun: what was written before one of them must not leave after it. */
    volatile int upgrades;

    private volatile @Nullable ProxyHeader proxyHeader;

    /** What accepted it, if this side is the server's. */
    final @Nullable Listener listener;

    /** Under what its client's address is counted, if it is. */
    @Nullable
    Object counted;

    volatile boolean closeRequested;
    private volatile boolean endRequested;
    volatile boolean finished;

    ConnectionFace(Endpoint endpoint, Wire wire) {
        super(endpoint);
        this.id = wire.id();
        this.remoteAddress = wire.remoteAddress();
        this.localAddress = wire.localAddress();
        this.host = wire.host();
        this.transport = wire.transport();
        this.listener = wire.listener();
        this.counted = wire.counted();
        this.strand = new Strand(endpoint.setsLogContext() ? new NamedTurn(this) : this, endpoint.machine());
    }

    // On the strand.

    abstract InboundPath inbound();

    abstract OutboundPath outbound();

    /** Ends the output behind everything that was written, as soon as the connection is open; the input goes on. */
    abstract void endOutputNow();

    // A write that fails half way leaves a gap in the stream, and nothing may leave behind it: the connection ends.

    private void writeNow(ByteBuffer data) {
        int end = data.limit();
        try {
            outbound().write(data);
        } catch (Throwable failure) {
            data.limit(end).position(end);
            defective(failure);
        }
        pendingBytes = outbound().pending();
    }

    private void writeNow(FileSend file) {
        try {
            outbound().write(file);
        } catch (Throwable failure) {
            defective(failure);
        }
        pendingBytes = outbound().pending();
    }

    /** The lease is given back in any case. */
    private void writeNow(Lease lease) {
        try {
            outbound().write(lease);
        } catch (Throwable failure) {
            defective(failure);
        }
        pendingBytes = outbound().pending();
    }

    private void writeNow(
            ByteBuffer data, ByteBuffer origin, @Nullable Object attachment, CompletionHandler<Void, ?> handler) {
        try {
            outbound().write(data, origin, attachment, handler);
        } catch (Throwable failure) {
            defective(failure);
        }
        pendingBytes = outbound().pending();
    }

    /** Runs a callback of the handler; what it throws is the handler's failure. */
    abstract void callBack(Runnable code);

    /** The same for one that changes what the bytes mean that are received from now on: none of them comes in front of it. */
    void callBackInFront(Runnable code) {
        callBack(code);
    }

    /** Runs code of the application's, whoever the handler is; what it throws is the handler's failure, too. */
    void callApplication(Runnable code) {
        callBack(code);
    }

    /**
     * How much of the pool it holds for a peer that has taken nothing since then, more or less; 0 if the peer takes, or there is
     * nothing for it. From any thread.
     */
    abstract long heldInVain(long since);

    /** Ends the connection, if that still holds. */
    abstract void endGreedy(long since);

    /** Ends the connection after a failure that is not the application's. */
    abstract void defective(Throwable failure);

    /** The handshake is over. */
    void securedNow(@Nullable TlsSession facts) {
        session = facts;
        lookAgain();
    }

    /** The session is there, or the end: whoever waits looks again. */
    private void lookAgain() {
        Set<Runnable> looks = awaiting;
        awaiting = null;
        if (looks != null) {
            looks.forEach(this::attempt);
        }
    }

    private void lookLater(CompletableFuture<?> future, Runnable look) {
        awaiting = awaiting == null ? new LinkedHashSet<>() : awaiting;
        awaiting.add(look);
        var unused = future.whenComplete((value, givenUp) -> {
            if (strand.isCurrent()) {
                forget(look);
            } else {
                tell(() -> forget(look));
            }
        });
    }

    /** How many futures wait for the session or the end. */
    int awaited() {
        return awaiting == null ? 0 : awaiting.size();
    }

    private void forget(Runnable look) {
        if (awaiting != null) {
            awaiting.remove(look);
        }
    }

    private void awaitSession(CompletableFuture<TlsSession> future) {
        TlsSession facts = session;
        if (facts != null) {
            future.complete(facts);
        } else if (finished) {
            future.completeExceptionally(ending.exception());
        } else {
            lookLater(future, () -> awaitSession(future));
        }
    }

    private void awaitEnd(CompletableFuture<CloseReason> future) {
        if (finished && !endpoint.has(this)) {
            future.complete(ending.reason());
        } else {
            lookLater(future, () -> awaitEnd(future));
        }
    }

    /** The last callback has returned. */
    void leave() {
        try {
            endpoint.closed(this, ending.reason(), ending.cause());
        } finally {
            lookAgain();
        }
    }

    /** Carries out what the inbox holds, in the order in which it was asked for; at the end, everything that was in time. */
    void deliverMessages() {
        if (finished) {
            inbox.close();
        }
        for (Inbox.Message next = inbox.takeAll(); next != null; next = next.next()) {
            attempt(next);
        }
        if (finished) {
            lookAgain();
        }
    }

    /** Carries out a step of ours that must not keep the next one from being carried out. */
    final void attempt(Runnable step) {
        try {
            step.run();
        } catch (Throwable defect) {
            defective(defect);
        }
    }

    // From any thread.

    void signal(int signals) {
        strand.signal(signals);
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public InetSocketAddress remoteAddress() {
        ProxyHeader header = proxyHeader;
        return header == null ? remoteAddress : header.source().orElse(remoteAddress);
    }

    @Override
    public Optional<ProxyHeader> proxyHeader() {
        return Optional.ofNullable(proxyHeader);
    }

    @Override
    public Optional<InetSocketAddress> proxyAddress() {
        return Optional.ofNullable(proxyHeader).map(header -> remoteAddress);
    }

    /** A trusted proxy has said whose connection this is. */
    void proxied(ProxyHeader header) {
        proxyHeader = header;
    }

    @Override
    public Optional<String> listener() {
        return Optional.ofNullable(listener).map(Listener::name);
    }

    @Override
    public InetSocketAddress localAddress() {
        return localAddress;
    }

    @Override
    public Optional<TlsSession> session() {
        return Optional.ofNullable(session);
    }

    @Override
    public CompletableFuture<TlsSession> secured() {
        CompletableFuture<TlsSession> future = new CompletableFuture<>();
        if (strand.isCurrent()) {
            awaitSession(future);
        } else {
            tell(() -> awaitSession(future));
        }
        return future;
    }

    @Override
    public CompletableFuture<CloseReason> closed() {
        CompletableFuture<CloseReason> future = new CompletableFuture<>();
        if (strand.isCurrent()) {
            awaitEnd(future);
        } else {
            tell(() -> awaitEnd(future));
        }
        return future;
    }

    @Override
    public boolean inTurn() {
        return strand.isCurrent();
    }

    @Override
    public boolean write(ByteBuffer data) {
        if (refusesWrites()) {
            return false;
        }
        if (strand.isCurrent()) {
            writeNow(data);
            return true;
        }
        CopiedWrite write = new CopiedWrite(endpoint.machine().buffers(), data.remaining());
        try {
            write.fill(data);
        } catch (Throwable noBuffer) {
            closeRequested = true;
            tell(() -> defective(noBuffer));
            return false;
        }
        post(write.length);
        send(write);
        return true;
    }

    @Override
    public <A> void write(ByteBuffer data, A attachment, CompletionHandler<Void, ? super A> handler) {
        Objects.requireNonNull(data, "data");
        if (strand.isCurrent() && !refusesWrites()) {
            writeNow(data, data, attachment, handler);
        } else {
            ByteBuffer kept = Lending.covers(data)
                    ? ByteBuffer.allocate(data.remaining()).put(data).flip()
                    : data;
            // What is written is what it holds now, and the turn finds out if it has changed by then
            ByteBuffer view = kept.duplicate();
            askToWrite(() -> writeNow(view, kept, attachment, handler), view.remaining(), attachment, handler);
        }
    }

    @Override
    public CompletableFuture<Long> sendFile(FileChannel channel, long position, long count) {
        FileSend file = new FileSend(this, endpoint.machine().buffers(), channel, position, count);
        if (strand.isCurrent() && !refusesWrites()) {
            writeNow(file);
        } else {
            askToWrite(() -> writeNow(file), count, file, file);
        }
        return file.future();
    }

    /** Has something written in a turn, unless that is refused by then, or was when it was asked for. */
    private <A> void askToWrite(Runnable write, long length, A attachment, CompletionHandler<Void, ? super A> handler) {
        int before = upgrades;
        boolean refused = refusesWrites();
        Request request = new Request(() -> {
            try {
                if (outputClosed || (refused && (closeRequested || endRequested))) {
                    outbound().refuse(attachment, handler);
                } else if (refused || upgrades != before) {
                    writeNow(NOTHING, NOTHING, attachment, new RefusedWrite<>(handler));
                } else {
                    write.run();
                }
            } finally {
                post(-length);
            }
        });
        post(length);
        send(request);
    }

    /** Bytes were accepted that the strand has not seen yet; or, negative, it has. */
    private void post(long bytes) {
        var unused = (long) POSTED.getAndAdd(this, bytes);
    }

    private boolean refusesWrites() {
        return closeRequested || endRequested || outputClosed || upgrading;
    }

    @Override
    public void endOutput() {
        endRequested = true;
        tell(this::endOutputNow);
    }

    @Override
    public void pause() {
        if (strand.isCurrent()) {
            inbound().pause();
        } else {
            tell(inbound()::pause);
        }
    }

    @Override
    public void resume() {
        if (strand.isCurrent()) {
            inbound().resume();
            strand.signal(Signal.MESSAGE);
        } else {
            tell(inbound()::resume);
        }
    }

    @Override
    public void close() {
        closeRequested = true;
        strand.signal(Signal.CLOSE);
    }

    @Override
    public void abort() {
        closeRequested = true;
        strand.signal(Signal.ABORT);
    }

    @Override
    public boolean execute(Runnable task) {
        boolean inTime = !finished && inbox.addInTime(new Request(() -> callApplication(task)));
        if (inTime) {
            strand.signal(Signal.MESSAGE);
        }
        return inTime;
    }

    /** The handler is told that the server drains, now or when it is open; from any thread. */
    abstract void drain();

    /** Has something done in a turn, behind what was asked for before. */
    void tell(Runnable request) {
        send(new Request(request));
    }

    final void send(Inbox.Message message) {
        inbox.add(message);
        strand.signal(Signal.MESSAGE);
    }

    @Override
    public long pendingBytes() {
        return pendingBytes + posted;
    }

    private static final class Request extends Inbox.Message {
        private final Runnable request;

        Request(Runnable request) {
            this.request = request;
        }

        @Override
        public void run() {
            request.run();
        }
    }

    /** Bytes that another thread wrote, copied into leases on that thread. */
    private final class CopiedWrite extends Inbox.Message {
        private final int before = upgrades;
        private final int length;
        private final BufferPool buffers;
        private final @Nullable Lease[] leases;

        CopiedWrite(BufferPool buffers, int length) {
            this.length = length;
            this.buffers = buffers;
            leases = new @Nullable Lease[(int) (((long) length + CHUNK - 1) / CHUNK)];
        }

        /** Copies all of it or, if a buffer is not to be had, nothing. */
        void fill(ByteBuffer data) {
            int start = data.position();
            boolean filled = false;
            try {
                for (int i = 0; i < leases.length; i++) {
                    int part = Math.min(CHUNK, data.remaining());
                    Lease lease = Reserve.lease(buffers, part, pendingBytes() + data.position() - start, null);
                    leases[i] = lease;
                    lease.buffer().put(0, data, data.position(), part).limit(part);
                    data.position(data.position() + part);
                }
                filled = true;
            } finally {
                if (!filled) {
                    data.position(start);
                    drop();
                }
            }
        }

        private void drop() {
            for (Lease lease : leases) {
                if (lease != null) {
                    lease.releaseWiped(lease.buffer().limit());
                }
            }
        }

        @Override
        public void run() {
            for (Lease lease : leases) {
                if (lease == null) {
                    continue;
                }
                if (outputClosed || upgrades != before) {
                    lease.releaseWiped(lease.buffer().limit());
                } else {
                    writeNow(lease);
                }
            }
            post(-length);
        }
    }
}
