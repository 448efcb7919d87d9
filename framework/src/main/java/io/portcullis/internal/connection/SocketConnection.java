// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.CloseReason;
import io.portcullis.ConnectionHandler;
import io.portcullis.Idle;
import io.portcullis.Traffic;
import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.internal.loop.Durations;
import io.portcullis.internal.loop.MemoryWatch;
import io.portcullis.internal.parts.Signal;
import io.portcullis.internal.wire.Wire;
import io.portcullis.proxy.ProxyHeader;
import io.portcullis.tls.Filter;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The connection object that handlers and applications use, from any thread. A request made within a turn is carried
 * out immediately; any other goes through the inbox and is carried out in a turn by the {@link ConnectionDriver}.
 */
public final class SocketConnection implements CountedConnection, MemoryWatch.Holder {
    final ConnectionDriver driver;

    private final long id;
    private final long begin;
    private final InetSocketAddress remoteAddress;
    private final InetSocketAddress localAddress;

    /** The host name that this side connected to; null if this side is the server. */
    private final @Nullable String host;

    /** The listener that accepted it, if this side is the server. */
    private final Wire.@Nullable Origin listener;

    /** The key under which its client's address is counted, if it is; confined to the strand. */
    private @Nullable Object counted;

    private volatile @Nullable ProxyHeader proxyHeader;

    /**
     * Creates a connection that has not begun and has no handler yet.
     *
     * @param first the first filter
     * @param gate decides on the next filters, or null if the first one is final
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

    // Identity.

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

    /** Sets the header in which a trusted proxy has identified the client. */
    public void proxied(ProxyHeader header) {
        proxyHeader = header;
    }

    @Override
    public InetSocketAddress localAddress() {
        return localAddress;
    }

    @Override
    public Optional<String> listenerName() {
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

    /** Sets the key under which its client's address is counted from now on. Called on the strand. */
    public void countAs(@Nullable Object network) {
        counted = network;
    }

    @Override
    public boolean isOpen() {
        return driver.core.life.inUse() && !driver.core.requests.closeRequested();
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return driver.core.transport.supportedOptions();
    }

    @Override
    public <T> T option(SocketOption<T> option) throws IOException {
        return driver.core.transport.option(option);
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        driver.core.transport.setOption(option, value);
    }

    @Override
    public Duration age() {
        return Duration.ofNanos(driver.core.home.machine().now() - begin);
    }

    @Override
    public Traffic traffic() {
        return driver.core.traffic();
    }

    @Override
    public Optional<TlsSession> session() {
        return Optional.ofNullable(driver.filters.session());
    }

    @Override
    public boolean inTurn() {
        return driver.core.strand.isCurrent() || driver.callbacks.inCallback();
    }

    // Lifecycle.

    @Override
    public CompletableFuture<TlsSession> secured() {
        return driver.filters.whenSecured();
    }

    @Override
    public CompletableFuture<CloseReason> closed() {
        return driver.callbacks.closed();
    }

    /** Runs a request in a turn, after those made before. */
    public void tell(Runnable request) {
        driver.core.requests.enqueue(request);
    }

    public void signal(int signals) {
        driver.core.strand.signal(signals);
    }

    // Writing.

    @Override
    public boolean write(ByteBuffer data) {
        return driver.flow.write(data);
    }

    @Override
    public <A> void write(ByteBuffer data, A attachment, CompletionHandler<Void, ? super A> handler) {
        Objects.requireNonNull(handler, "handler");
        driver.flow.write(Objects.requireNonNull(data, "data"), attachment, handler);
    }

    @Override
    public CompletableFuture<Long> sendFile(FileChannel channel, long position, long count) {
        return driver.flow.send(channel, position, count);
    }

    @Override
    public boolean write(ByteBuffer... data) {
        return driver.flow.write(data);
    }

    @Override
    public boolean writable() {
        return driver.flow.writable();
    }

    @Override
    public int highWatermark() {
        return driver.core.home.settings().highWatermark();
    }

    @Override
    public int lowWatermark() {
        return driver.core.home.settings().lowWatermark();
    }

    @Override
    public long pendingBytes() {
        return driver.core.pendingBytes();
    }

    @Override
    public void shutdownOutput() {
        driver.filters.requestEndOfOutput();
    }

    /** Whether nothing can be sent anymore. */
    public boolean outputEnded() {
        return driver.core.requests.outputEnded();
    }

    // Reading.

    @Override
    public boolean receiving() {
        return !driver.callbacks.pausing()
                && !driver.callbacks.replaced()
                && driver.core.receiving(driver.filters.changesToTls());
    }

    @Override
    public void pause() {
        driver.callbacks.pause();
    }

    @Override
    public void resume() {
        driver.callbacks.resume();
    }

    // Everything else.

    @Override
    public boolean execute(Runnable task) {
        return driver.callbacks.execute(Objects.requireNonNull(task, "task"));
    }

    @Override
    public CompletableFuture<Void> schedule(Duration delay, Runnable task) {
        return driver.callbacks.schedule(delay, task);
    }

    @Override
    public void idleTimeout(Duration timeout) {
        setIdle(Idle.BOTH, "idleTimeout", timeout);
    }

    @Override
    public void readIdleTimeout(Duration timeout) {
        setIdle(Idle.READ, "readIdleTimeout", timeout);
    }

    @Override
    public void writeIdleTimeout(Duration timeout) {
        setIdle(Idle.WRITE, "writeIdleTimeout", timeout);
    }

    private void setIdle(Idle which, String what, Duration timeout) {
        long nanos = Durations.timeout(what, timeout);
        driver.core.requests.inTurn(() -> driver.core.deadline.idleTimeout(which, nanos));
    }

    @Override
    public void handler(ConnectionHandler next) {
        driver.callbacks.pass(next);
    }

    @Override
    public void close() {
        driver.core.requestEnd(Signal.CLOSE);
    }

    @Override
    public void abort() {
        driver.core.requestEnd(Signal.ABORT);
    }

    /**
     * Notifies the handler that the server drains, now or once the connection is open. May be called from any thread.
     */
    public void drain() {
        driver.core.strand.signal(Signal.MESSAGE);
    }

    @Override
    public CompletableFuture<TlsSession> startTls(TlsProfile profile) {
        return driver.filters.startTls(() -> host == null
                ? profile.serverFilter()
                : profile.clientFilter(host, remoteAddress().getPort()));
    }

    @Override
    public CompletableFuture<Void> stopTls() {
        return driver.filters.stopTls();
    }

    /** Returns the current handler. */
    public ConnectionHandler handler() {
        return driver.callbacks.handler();
    }

    /** Sets the handler and the role from now on. Called on the strand, or before the connection begins. */
    public void handOver(ConnectionHandler next, Role as) {
        driver.callbacks.handOver(next, as);
    }

    @Override
    public long heldInVain(long since) {
        return driver.core.heldInVain(since);
    }

    @Override
    public void endIfGreedy(long since) {
        driver.core.endIfGreedy(since);
    }

    /** Whether the system may still read the buffers of failed writes, so that they must not be reused. */
    public boolean mayTouchBuffers() {
        return driver.core.mayTouchBuffers();
    }

    @Override
    public String toString() {
        return "connection " + Long.toHexString(id) + " from "
                + ForeignText.of(remoteAddress().toString()) + " at " + localAddress + " [" + driver.state() + ", "
                + pendingBytes() + " bytes pending]";
    }
}
