// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.CloseReason;
import io.portcullis.ConnectionHandler;
import io.portcullis.Traffic;
import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.internal.loop.Inbox;
import io.portcullis.internal.loop.Lending;
import io.portcullis.internal.loop.MemoryWatch;
import io.portcullis.internal.parts.CopiedBytes;
import io.portcullis.internal.parts.FileSend;
import io.portcullis.internal.parts.Input;
import io.portcullis.internal.parts.Life;
import io.portcullis.internal.parts.Output;
import io.portcullis.internal.parts.Signal;
import io.portcullis.internal.parts.Upgrade;
import io.portcullis.internal.wire.Wire;
import io.portcullis.proxy.ProxyHeader;
import io.portcullis.tls.Filter;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A connection as those have it in their hands who use it, on any thread. Within a turn a request is carried out at once; from
 * elsewhere it goes through the inbox and is carried out in a turn, by the {@link ConnectionDriver}.
 */
public final class SocketConnection implements CountedConnection, MemoryWatch.Holder {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final ConnectionDriver driver;

    private final long id;
    private final long begin;
    private final InetSocketAddress remoteAddress;
    private final InetSocketAddress localAddress;

    /** The name of the server that was connected to; null if this side is the server. */
    private final @Nullable String host;

    /** What accepted it, if this side is the server's. */
    private final Wire.@Nullable Origin listener;

    /** Under what its client's address is counted, if it is; on the strand. */
    private @Nullable Object counted;

    private volatile @Nullable ProxyHeader proxyHeader;

    /**
     * A connection that has not begun, and has no handler yet.
     *
     * @param first the first filter
     * @param gate what decides about the next ones, or null if this one is decided on
     * @param executor where callbacks run, or null for the strand
     */
    public SocketConnection(
            Home home, Wire wire, Filter first, Opening.@Nullable Gate gate, @Nullable Executor executor) {
        begin = home.machine().now();
        id = wire.id();
        remoteAddress = wire.remoteAddress();
        localAddress = wire.localAddress();
        host = wire.host();
        listener = wire.listener();
        counted = wire.counted();
        driver = new ConnectionDriver(this, home, wire, first, gate, executor);
    }

    public ConnectionDriver driver() {
        return driver;
    }

    private @Nullable ExecutorLane lane() {
        return driver.callbacks.lane();
    }

    // Who it is.

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
    public void proxied(ProxyHeader header) {
        proxyHeader = header;
    }

    @Override
    public InetSocketAddress localAddress() {
        return localAddress;
    }

    @Override
    public Optional<String> listener() {
        return Optional.ofNullable(listener).map(Wire.Origin::name);
    }

    @Override
    public Wire.@Nullable Origin acceptedBy() {
        return listener;
    }

    @Override
    public @Nullable Object counted() {
        return counted;
    }

    /** Its client's address is counted from now on; on the strand. */
    public void countAs(@Nullable Object network) {
        counted = network;
    }

    @Override
    public Duration age() {
        return Duration.ofNanos(driver.core.home.machine().now() - begin);
    }

    @Override
    public Traffic traffic() {
        Input input = driver.core.input;
        Output output = driver.core.output;
        return new Traffic(
                input.networkBytes(),
                driver.core.socketWrite.networkBytes(),
                input.applicationBytes(),
                output.applicationBytes());
    }

    @Override
    public Optional<TlsSession> session() {
        return Optional.ofNullable(driver.filters.session());
    }

    @Override
    public boolean inTurn() {
        ExecutorLane lane = lane();
        return driver.core.strand.isCurrent() || (lane != null && lane.inCallback());
    }

    // What becomes of it.

    @Override
    public CompletableFuture<TlsSession> secured() {
        ExecutorLane lane = lane();
        CompletableFuture<TlsSession> future = new CompletableFuture<>();
        inTurn(() -> awaitSession(future));
        return lane == null ? future : lane.toldInFront(future);
    }

    @Override
    public CompletableFuture<CloseReason> closed() {
        ExecutorLane lane = lane();
        CompletableFuture<CloseReason> future = new CompletableFuture<>();
        inTurn(() -> awaitEnd(future));
        return lane == null ? future : lane.told(future);
    }

    private void awaitSession(CompletableFuture<TlsSession> future) {
        TlsSession facts = driver.filters.session();
        if (facts != null) {
            future.complete(facts);
        } else if (isOver()) {
            future.completeExceptionally(driver.core.life.ending().exception());
        } else {
            driver.core.requests.wakeLater(future, () -> awaitSession(future));
        }
    }

    private void awaitEnd(CompletableFuture<CloseReason> future) {
        if (driver.callbacks.left()) {
            future.complete(driver.core.life.ending().reason());
        } else {
            driver.core.requests.wakeLater(future, () -> awaitEnd(future));
        }
    }

    private boolean isOver() {
        return driver.core.life.state() == Life.State.OVER;
    }

    /** Does something in a turn: now if this is one, otherwise behind what was asked for before. */
    private void inTurn(Runnable request) {
        if (driver.core.strand.isCurrent()) {
            request.run();
        } else {
            driver.core.requests.tell(request);
        }
    }

    /** Has something done in a turn, behind what was asked for before. */
    public void tell(Runnable request) {
        driver.core.requests.tell(request);
    }

    public void signal(int signals) {
        driver.core.strand.signal(signals);
    }

    // Writing.

    @Override
    public boolean write(ByteBuffer data) {
        if (mayWriteNow()) {
            driver.flow.write(data);
            return true;
        }
        // In this order: what is not refused was written before the change that may come now
        int changes = driver.core.requests.changes();
        if (driver.core.requests.refuseWrites()) {
            return false;
        }
        CopiedBytes copied = new CopiedBytes(data.remaining());
        Inbox.Message write = writeOf(copied, changes);
        try {
            copied.fill(data, driver.core.home.machine().buffers(), pendingBytes());
        } catch (Throwable noBuffer) {
            driver.core.requests.askClose();
            driver.core.requests.tell(() -> driver.core.defective(noBuffer));
            return false;
        }
        askedFor(write, copied.length());
        return true;
    }

    private Inbox.Message writeOf(CopiedBytes copied, int changes) {
        return new Inbox.Message() {
            @Override
            public void run() {
                driver.core.requests.arrived();
                driver.flow.write(copied, changes);
                driver.core.requests.post(-copied.length());
            }
        };
    }

    /** Something is written that goes through the inbox. Needs no memory. */
    private void askedFor(Inbox.Message write, long length) {
        driver.core.requests.accept(length);
        driver.core.requests.send(write);
    }

    @Override
    public <A> void write(ByteBuffer data, A attachment, CompletionHandler<Void, ? super A> handler) {
        ExecutorLane lane = lane();
        Objects.requireNonNull(data, "data");
        CompletionHandler<Void, ? super A> told =
                lane == null ? handler : ExecutorLane.told(handler, driver.callbacks::call);
        if (mayWriteNow()) {
            driver.flow.write(data, data, attachment, told);
        } else {
            ByteBuffer kept = Lending.covers(data)
                    ? ByteBuffer.allocate(data.remaining()).put(data).flip()
                    : data;
            // What is written is what it holds now, and the turn finds out if it has changed by then
            ByteBuffer view = kept.duplicate();
            askToWrite(() -> driver.flow.write(view, kept, attachment, told), view.remaining(), attachment, told);
        }
    }

    @Override
    public CompletableFuture<Long> sendFile(FileChannel channel, long position, long count) {
        ExecutorLane lane = lane();
        FileSend file = new FileSend(this, channel, position, count);
        if (mayWriteNow()) {
            driver.flow.write(file);
        } else {
            askToWrite(() -> driver.flow.write(file), count, file, file);
        }
        return lane == null ? file.future() : lane.told(file.future());
    }

    /** Has something written in a turn, unless that is refused by then, or was when it was asked for. */
    private <A> void askToWrite(Runnable write, long length, A attachment, CompletionHandler<Void, ? super A> handler) {
        int before = driver.core.requests.changes();
        boolean refused = driver.core.requests.refuseWrites();
        Inbox.Message request = new Inbox.Message() {
            @Override
            public void run() {
                try {
                    driver.core.requests.arrived();
                    if (driver.core.requests.outputEnded() || (refused && driver.core.requests.endAsked())) {
                        driver.core.output.refuse(attachment, handler, driver.core);
                    } else if (refused || driver.core.requests.changes() != before) {
                        driver.flow.write(NOTHING, NOTHING, attachment, new RefusedWrite<>(handler));
                    } else {
                        write.run();
                    }
                } finally {
                    driver.core.requests.post(-length);
                }
            }
        };
        askedFor(request, length);
    }

    /** Whether this is a turn, and no write that was accepted before waits in the inbox. */
    private boolean mayWriteNow() {
        return driver.core.strand.isCurrent() && driver.core.requests.mayWriteNow();
    }

    @Override
    public long pendingBytes() {
        // In this order, what goes over from the one to the other is not missed
        return driver.core.requests.posted() + driver.core.output.pending();
    }

    @Override
    public void endOutput() {
        driver.core.requests.askEnd();
        driver.core.requests.tell(driver.filters::endOutput);
    }

    /** Whether nothing can be sent any more. */
    public boolean outputEnded() {
        return driver.core.requests.outputEnded();
    }

    // Reading.

    @Override
    public boolean receiving() {
        ExecutorLane lane = lane();
        if (lane != null && !lane.receiving()) {
            return false;
        }
        Upgrade change = driver.filters.upgrade();
        boolean wanted =
                driver.core.life.delivers() && !driver.core.input.paused() && !driver.core.requests.closeAsked();
        if (!wanted || change instanceof Upgrade.ToTls) {
            return false;
        }
        if (pendingBytes() <= driver.core.home.settings().highWatermark()) {
            return true;
        }
        presentAgain();
        return false;
    }

    /** A handler that stops short for the sake of back-pressure is called again when there is no need for it any more. */
    private void presentAgain() {
        if (driver.core.strand.isCurrent()) {
            driver.core.input.presentAgain();
        } else {
            driver.core.requests.tell(driver.core.input::presentAgain);
        }
    }

    @Override
    public void pause() {
        ExecutorLane lane = lane();
        if (lane != null) {
            lane.pauses();
        }
        if (driver.core.strand.isCurrent()) {
            driver.core.input.pause();
        } else {
            driver.core.requests.tell(driver.core.input::pause);
        }
    }

    @Override
    public void resume() {
        ExecutorLane lane = lane();
        if (lane != null && lane.resumesWithinDelivery()) {
            driver.core.requests.tell(driver.core.input::resumeWithinCallback);
        } else if (driver.core.strand.isCurrent()) {
            driver.core.input.resume();
            driver.core.strand.signal(Signal.MESSAGE);
        } else {
            driver.core.requests.tell(driver.core.input::resume);
        }
    }

    // Everything else.

    @Override
    public boolean execute(Runnable task) {
        return !isOver() && driver.core.requests.tellInTime(() -> driver.callbacks.callApplication(task));
    }

    @Override
    public void close() {
        driver.core.requests.askClose();
        driver.core.strand.signal(Signal.CLOSE);
    }

    @Override
    public void abort() {
        driver.core.requests.askClose();
        driver.core.strand.signal(Signal.ABORT);
    }

    /** The handler is told that the server drains, now or when it is open; from any thread. */
    public void drain() {
        driver.core.strand.signal(Signal.MESSAGE);
    }

    @Override
    public CompletableFuture<TlsSession> startTls(TlsProfile profile) {
        ExecutorLane lane = lane();
        if (lane != null) {
            lane.secures();
        }
        CompletableFuture<TlsSession> secured = new CompletableFuture<>();
        driver.filters.change(secured, () -> {
            if (driver.filters.session() != null) {
                throw new IllegalStateException(this + " is under TLS already");
            }
            Filter tls = host == null
                    ? profile.serverFilter()
                    : profile.clientFilter(host, remoteAddress().getPort());
            return new Upgrade.ToTls(tls, secured);
        });
        return lane == null ? secured : lane.toldSecuring(secured);
    }

    @Override
    public CompletableFuture<Void> stopTls() {
        ExecutorLane lane = lane();
        CompletableFuture<Void> plain = new CompletableFuture<>();
        driver.filters.change(plain, () -> {
            if (driver.filters.session() == null) {
                throw new IllegalStateException(this + " is not under TLS");
            }
            return new Upgrade.ToPlain(plain);
        });
        return lane == null ? plain : lane.toldInFront(plain);
    }

    /** The handler that has it at the moment. */
    public ConnectionHandler handler() {
        return driver.callbacks.handler();
    }

    /** From now on another handler is told; on the strand, or before the connection begins. */
    public void handOver(ConnectionHandler next, Role as) {
        driver.callbacks.handOver(next, as);
    }

    @Override
    public long heldInVain(long since) {
        return driver.heldInVain(since);
    }

    @Override
    public void endIfGreedy(long since) {
        driver.core.requests.tell(() -> driver.endGreedy(since));
    }

    /** Whether the buffers of writes that have failed may still be read by the system, and must be lent to nobody else. */
    public boolean mayTouchBuffers() {
        return driver.mayBeTouched();
    }

    @Override
    public String toString() {
        return "connection " + Long.toHexString(id) + " from "
                + ForeignText.of(remoteAddress().toString()) + " at " + localAddress + " [" + driver.state() + ", "
                + pendingBytes() + " bytes pending]";
    }
}
