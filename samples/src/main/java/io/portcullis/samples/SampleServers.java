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

/** A dispatcher and one server on it with up to five listeners. */
final class SampleServers implements AutoCloseable {
    /** The time allowed after the deadline of a drain, and for the threads to end. */
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
     * @param where the address of each listener
     * @param profile the TLS profile of the listeners that accept TLS
     * @param balancers the load balancers whose PROXY headers are expected, or null
     * @param clients the site served over HTTP to all clients
     * @param operators the site served over HTTP to operators
     * @param further further settings of the server
     * @param threads the number of dispatcher threads, or null for the default
     * @return the running server
     * @throws IOException if an address cannot be bound; in that case nothing keeps running
     */
    static SampleServers start(
            Map<ListenerKind, InetSocketAddress> where,
            TlsProfile profile,
            @Nullable TrustedPeers balancers,
            Site clients,
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
                .name(kind.label())
                .handler(() -> kind.handler(clients, operators))));
        try {
            return new SampleServers(dispatcher, builder.start(), where.keySet());
        } catch (IOException | RuntimeException e) {
            dispatcher.close();
            throw e;
        }
    }

    /** Returns the bound address of each listener, in the order of the kinds. */
    Map<ListenerKind, InetSocketAddress> addresses() {
        return addresses;
    }

    Dispatcher dispatcher() {
        return dispatcher;
    }

    Server server() {
        return server;
    }

    /** Waits until the server has terminated. */
    void awaitEnd() {
        server.closed().join();
    }

    /** Keeps serving for the given time, unless the server terminates earlier. */
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
     * Drains: lets requests finish until the deadline, then closes the remaining connections and the dispatcher.
     * Returns when that is done, or shortly after the deadline.
     */
    void drain(Duration deadline) {
        await(server.drain(deadline), deadline.plus(LAST_STEPS));
        close();
    }

    /** Closes the connections in an orderly way, then the dispatcher. The wait for each is bounded. */
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
            System.err.println("shutdown incomplete: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
