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
 * The connections to one server, and what they do. A window is exact: what was begun in it is also finished in it, so
 * that a server's consumption between two moments without load belongs to these requests only. Everything but the
 * constructor runs on the event loop.
 */
abstract class Load implements HttpClient.Listener {
    private static final int FAULTS_ALLOWED = 1_000;

    /** The place of a connection, which others take when it is gone. */
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

    /** Makes everything ready for a window. */
    abstract void open();

    /** Sets the connections in motion. */
    abstract void begin();

    /**
     * Does for a while what there is to do, then lets it come to its end.
     *
     * @return as soon as nothing is on its way any more
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
     * @return as soon as they are closed
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

    /** A slot has something on its way from now on. */
    final void busy(Slot slot) {
        if (!slot.busy) {
            slot.busy = true;
            busySlots++;
        }
    }

    /** It has not any more. */
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

    /** To be called first of all when a connection has ended. */
    final void gone(Slot slot) {
        connected--;
        slot.client = null;
    }

    /** Counts what went wrong, and gives up when it is too much. */
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
