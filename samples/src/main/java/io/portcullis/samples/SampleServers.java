// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Listener;
import io.portcullis.dispatch.Server;
import io.portcullis.proxy.TrustedPeers;
import io.portcullis.samples.http.Site;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A dispatcher and, on it, one server with up to five listeners. */
final class SampleServers implements AutoCloseable {
    /** Behind the deadline of a drain, and for the threads. */
    private static final Duration LAST_STEPS = Duration.ofSeconds(2);

    private final Dispatcher dispatcher;
    private final Server server;
    private final Map<ListenerKind, InetSocketAddress> addresses = new EnumMap<>(ListenerKind.class);

    private SampleServers(Dispatcher dispatcher, Server server, Iterable<ListenerKind> kinds) {
        this.dispatcher = dispatcher;
        this.server = server;
        List<InetSocketAddress> bound = server.addresses();
        int next = 0;
        for (ListenerKind kind : kinds) {
            addresses.put(kind, bound.get(next++));
        }
    }

    /**
     * Opens the listeners.
     *
     * @param where the address of each
     * @param profile for those that speak TLS
     * @param balancers whose PROXY headers are expected, or null
     * @param everybody what HTTP has for everybody
     * @param operators what it has for those who run the server
     * @param further more settings of the server
     * @param threads of the dispatcher, or null for its default
     * @return the running server
     * @throws IOException if an address cannot be bound; then nothing keeps running
     */
    static SampleServers start(
            Map<ListenerKind, InetSocketAddress> where,
            TlsProfile profile,
            @Nullable TrustedPeers balancers,
            Site everybody,
            Site operators,
            Consumer<Server.Builder> further,
            @Nullable Integer threads)
            throws IOException {
        Dispatcher.Builder settings = Dispatcher.builder();
        if (threads != null) {
            settings.threads(threads);
        }
        Dispatcher dispatcher = settings.build();
        Server.Builder builder = Server.builder(dispatcher);
        further.accept(builder);
        where.forEach((kind, address) -> builder.listen(Listener.at(address, kind.gate(profile, balancers))
                .name(kind.word())
                .handler(() -> kind.handler(everybody, operators))));
        try {
            return new SampleServers(dispatcher, builder.start(), where.keySet());
        } catch (IOException | RuntimeException e) {
            dispatcher.close();
            throw e;
        }
    }

    /** The bound address of each listener, in the order of the kinds. */
    Map<ListenerKind, InetSocketAddress> addresses() {
        return addresses;
    }

    Dispatcher dispatcher() {
        return dispatcher;
    }

    Server server() {
        return server;
    }

    /** Waits until the server has ended. */
    void awaitEnd() {
        server.closed().join();
    }

    /** Goes on for so long, unless it ends before. */
    void goOn(Duration time) {
        try {
            server.closed().get(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Lets requests finish for so long, then ends what is left, and the dispatcher. Waits for that, but not much
     * longer.
     */
    void drain(Duration deadline) {
        await(server.drain(deadline), deadline.plus(LAST_STEPS));
        close();
    }

    /** Ends the connections in order, then the dispatcher. Waits a bounded time for each. */
    @Override
    public void close() {
        server.close();
        await(server.closed(), LAST_STEPS);
        dispatcher.close();
        await(dispatcher.closed(), LAST_STEPS);
    }

    private static void await(CompletableFuture<Void> end, Duration patience) {
        try {
            end.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            System.err.println("not everything stopped in order: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
