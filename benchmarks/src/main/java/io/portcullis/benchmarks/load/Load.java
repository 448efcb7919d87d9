// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.load;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The connections to one server, and their behavior. A window is exact: every request started in it is also completed
 * in it, so the CPU time that a server consumes between two moments without load belongs to these requests only.
 * Everything except the constructor runs on the event loop.
 */
abstract class Load implements HttpClient.Listener {
    private static final int FAULTS_ALLOWED = 1_000;

    /** The slot of a connection, which is reused by another connection when it has ended. */
    static final class Slot {
        private final int index;
        private boolean busy;
        private @Nullable HttpClient client;

        Slot(int index) {
            this.index = index;
        }

        int index() {
            return index;
        }

        @Nullable
        HttpClient client() {
            return client;
        }
    }

    private final Demand demand;
    private final Network network;
    private final Tally tally;
    private final @Nullable SslContext tls;
    private final ByteBuf request;
    private final List<Slot> slots;
    private CompletableFuture<Count> outcome = new CompletableFuture<>();
    private boolean running;
    private boolean closing;
    private int busySlots;
    private int connected;

    Load(Demand demand, Network network, Tally tally) throws SSLException {
        this.demand = demand;
        this.network = network;
        this.tally = tally;
        this.tls = demand.secure() ? ClientTls.context(demand.group(), tally) : null;
        byte[] text =
                ("GET " + demand.path() + " HTTP/1.1\r\nHost: localhost\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
        this.request = Unpooled.unreleasableBuffer(
                Unpooled.directBuffer(text.length).writeBytes(text).asReadOnly());
        this.slots = new ArrayList<>(
                IntStream.range(0, demand.connections()).mapToObj(Slot::new).toList());
    }

    /** Prepares everything for a window. */
    abstract void open();

    /** Starts the requests. */
    abstract void begin();

    /**
     * Starts a window that runs until it is stopped.
     *
     * @return a future that completes when no request is outstanding any more
     */
    final CompletableFuture<Count> start() {
        outcome = new CompletableFuture<>();
        tally.reset();
        running = true;
        begin();
        return outcome;
    }

    final void stop() {
        running = false;
        settle();
    }

    final CompletableFuture<Count> prepare() {
        outcome = new CompletableFuture<>();
        tally.reset();
        open();
        return outcome;
    }

    /**
     * Closes all connections.
     *
     * @return a future that completes when they are closed
     */
    final CompletableFuture<Count> close() {
        outcome = new CompletableFuture<>();
        closing = true;
        running = false;
        for (Slot slot : slots) {
            if (slot.client != null) {
                slot.client.close();
            }
        }
        settle();
        return outcome;
    }

    final Demand demand() {
        return demand;
    }

    final Network network() {
        return network;
    }

    final Tally tally() {
        return tally;
    }

    final List<Slot> slots() {
        return slots;
    }

    final boolean running() {
        return running;
    }

    final boolean closing() {
        return closing;
    }

    final void connect(Slot slot) {
        HttpClient client = new HttpClient(slot, tally, request, this);
        slot.client = client;
        connected++;
        boolean resume = demand.pattern() == Demand.Pattern.RESUMED_HANDSHAKE;
        ChannelFuture future = network.connect(slot.index(), demand.port(), tls, resume, client);
        future.addListener(done -> {
            if (!done.isSuccess()) {
                client.connectFailed(done.cause());
            }
        });
    }

    /** Marks a slot as having an outstanding request. */
    final void busy(Slot slot) {
        if (!slot.busy) {
            slot.busy = true;
            busySlots++;
        }
    }

    /** Marks a slot as idle. */
    final void idle(Slot slot) {
        if (slot.busy) {
            slot.busy = false;
            busySlots--;
        }
        settle();
    }

    final boolean isBusy(Slot slot) {
        return slot.busy;
    }

    /** To be called before anything else when a connection has ended. */
    final void gone(Slot slot) {
        connected--;
        slot.client = null;
    }

    /** Counts a failure, and gives up after too many. */
    final void fault(@Nullable Throwable cause) {
        tally.fault(cause != null ? cause : new IOException("the server has closed the connection"));
        if (tally.faults() > FAULTS_ALLOWED + tally.units() / 10) {
            running = false;
            closing = true;
            outcome.completeExceptionally(
                    new IOException("too many failures, the first of them: " + tally.firstFault()));
        }
    }

    private void settle() {
        if (closing) {
            if (connected == 0 && !outcome.isDone()) {
                outcome.complete(tally.count());
                ReferenceCountUtil.release(tls);
            }
        } else if (!running && busySlots == 0) {
            outcome.complete(tally.count());
        }
    }
}
