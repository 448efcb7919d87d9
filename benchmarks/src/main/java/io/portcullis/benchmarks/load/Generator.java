// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.load;

import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Opens a load, runs windows of it, and closes it; one load at a time. Its methods block. */
public final class Generator implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration PATIENCE_FOR_CONNECTION = Duration.ofMillis(20);

    private final Network network = new Network();
    private @Nullable Load load;

    /** Starts the event loop. */
    public Generator() {}

    /**
     * Describes the implementation of the load.
     *
     * @return the description
     */
    public static String description() {
        return "Netty, " + (Epoll.isAvailable() ? "epoll" : "NIO") + ", "
                + (ClientTls.isNative() ? "BoringSSL" : "the JDK's TLS engine");
    }

    /**
     * Opens the connections of a demand.
     *
     * @param demand the load to put on the server
     * @return the results until all connections were open
     * @throws IOException if too many of them failed
     */
    public Count open(Demand demand) throws IOException {
        abandon();
        Tally tally = new Tally();
        Load next = switch (demand.pattern()) {
            case KEEP_ALIVE -> new KeepAliveLoad(demand, network, tally);
            case PACED -> new PacedLoad(demand, network, tally);
            case FULL_HANDSHAKE, RESUMED_HANDSHAKE -> new HandshakeLoad(demand, network, tally);
        };
        load = next;
        return await(next::prepare, PATIENCE.plus(PATIENCE_FOR_CONNECTION.multipliedBy(demand.connections())));
    }

    /**
     * Keeps the connections busy for a while.
     *
     * @param length the time during which new requests are started
     * @return the results
     * @throws IOException if too many requests failed
     */
    public Count window(Duration length) throws IOException {
        Load current = load;
        if (current == null) {
            throw new IOException("no load is open");
        }
        return await(() -> startAndStop(current, length), length.plus(PATIENCE));
    }

    /**
     * Closes the connections.
     *
     * @return an irrelevant count
     * @throws IOException if the connections do not close
     */
    public Count closeLoad() throws IOException {
        Load last = load;
        load = null;
        return close(last);
    }

    @Override
    public void close() {
        network.close();
    }

    @SuppressWarnings("FutureReturnValueIgnored") // of a timer, which cannot fail
    private CompletableFuture<Count> startAndStop(Load current, Duration length) {
        network.loop().schedule(current::stop, length.toNanos(), TimeUnit.NANOSECONDS);
        return current.start();
    }

    /**
     * Discards what remains of a failed load, so that it does not affect the next one, which may use another server.
     */
    private void abandon() {
        try {
            closeLoad();
        } catch (IOException e) {
            load = null;
        }
    }

    private Count close(@Nullable Load last) throws IOException {
        return last == null ? new Tally().count() : await(last::close, PATIENCE);
    }

    private Count await(Supplier<CompletableFuture<Count>> begin, Duration patience) throws IOException {
        CompletableFuture<Count> outcome =
                CompletableFuture.completedFuture(begin).thenComposeAsync(Supplier::get, network.loop());
        try {
            return outcome.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IOException(
                    e.getCause() == null ? e.toString() : e.getCause().getMessage(), e);
        } catch (TimeoutException e) {
            throw new IOException("the server has not answered all requests within " + patience.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
