// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Listens on any number of addresses, each with a gate of its own, and gives every connection a handler. All listeners
 * share the threads and buffers of one dispatcher.
 */
public final class Server implements AutoCloseable {
    private final Endpoint endpoint;
    private final List<Acceptor> acceptors;
    private final List<InetSocketAddress> addresses;

    private Server(Endpoint endpoint, List<Bound> bound) {
        this.endpoint = endpoint;
        this.acceptors = bound.stream().map(Bound::acceptor).toList();
        this.addresses = bound.stream().map(Bound::address).toList();
    }

    /**
     * Starts the settings of a server.
     *
     * @param dispatcher whose threads and buffers it uses
     * @return the builder
     */
    public static Builder builder(Dispatcher dispatcher) {
        return new Builder(dispatcher);
    }

    /**
     * The bound addresses, in the order of the listen calls.
     *
     * @return the addresses, with the ports that were chosen
     */
    public List<InetSocketAddress> addresses() {
        return addresses;
    }

    /**
     * Stops listening and closes every connection in order: what was written is sent first. Does not wait;
     * {@link #closed()} tells when it is done. May be called any number of times.
     */
    @Override
    public void close() {
        acceptors.forEach(Acceptor::close);
        endpoint.close();
    }

    /**
     * Stops listening and ends every connection at once: what was not yet sent is lost. Does not wait; {@link #closed()}
     * tells when it is done. May be called any number of times, also after {@link #close()}.
     */
    public void abort() {
        close();
        endpoint.abort();
    }

    /**
     * Completes when the server was closed and its last connection has ended. Code that depends on it runs on a dispatcher
     * thread, or on the caller's.
     *
     * @return the future
     */
    public CompletableFuture<Void> closed() {
        return endpoint.closed().copy();
    }

    private record Listen(
            InetSocketAddress address, Gate gate, @Nullable Supplier<? extends ConnectionHandler> handlers) {}

    private record Bound(Acceptor acceptor, InetSocketAddress address) {
        void close() {
            acceptor.close();
        }
    }

    /** Settings of a server. */
    public static final class Builder extends EndpointBuilder<Builder> {
        private static final int BACKLOG = 4096;

        private final Dispatcher dispatcher;
        private final List<Listen> listens = new ArrayList<>();
        private @Nullable Supplier<? extends ConnectionHandler> handlers;
        private ServerWarmUp warmUp = ServerWarmUp.NONE;
        private boolean sharedPort;

        Builder(Dispatcher dispatcher) {
            super(AdmissionLimit.SERVER);
            this.dispatcher = dispatcher;
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Listens on all addresses of this machine.
         *
         * @param port the port, 0 for any free one
         * @param gate decides what each connection is
         * @return this
         */
        public Builder listen(int port, Gate gate) {
            return listen(new InetSocketAddress(port), gate);
        }

        /**
         * Listens on one address.
         *
         * @param address the address, with port 0 for any free one
         * @param gate decides what each connection is
         * @return this
         */
        public Builder listen(InetSocketAddress address, Gate gate) {
            listens.add(new Listen(address, gate, null));
            return this;
        }

        /**
         * Listens on one address, with a handler of its own.
         *
         * @param address the address, with port 0 for any free one
         * @param gate decides what each connection is
         * @param handler makes the handler of each connection
         * @return this
         */
        public Builder listen(InetSocketAddress address, Gate gate, Supplier<? extends ConnectionHandler> handler) {
            listens.add(new Listen(address, gate, handler));
            return this;
        }

        /**
         * Sets the handler of listeners that have none of their own.
         *
         * @param handler makes the handler of each connection
         * @return this
         */
        public Builder handler(Supplier<? extends ConnectionHandler> handler) {
            this.handlers = handler;
            return this;
        }

        /**
         * Lets other sockets of the same user listen on the same addresses (SO_REUSEPORT); the operating system then spreads
         * new connections over all that do. So several dispatchers can serve one port, and a new process can open its
         * listeners before the old one closes its own: those that wait in the queue of a listener that closes are refused,
         * so it should have been idle, or its clients try again.
         *
         * @return this
         */
        public Builder sharePort() {
            sharedPort = true;
            return this;
        }

        /**
         * Warms up before the listeners open, for at most this time: see {@link #warmUp(int, Duration)}. Enough handshakes
         * for the JDK's engine to reach its speed end it earlier.
         *
         * @param time more than 0
         * @return this
         */
        public Builder warmUp(Duration time) {
            return warmUp(ServerWarmUp.ENOUGH, time);
        }

        /**
         * Warms up before the listeners open: {@link #start()} first lets the profiles of all gates shake hands with
         * themselves in memory ({@link io.portcullis.tls.WarmUp}), so that the first connections meet compiled code. Ends with
         * the first bound that is reached, or if the thread is interrupted. Does not make start fail: what cannot be warmed
         * up is skipped, with a reason at debug level. Without this word there is no warm-up.
         *
         * @param handshakes at most so many, full and resumed ones of all profiles together; at least 1
         * @param time at most so long; more than 0
         * @return this
         */
        public Builder warmUp(int handshakes, Duration time) {
            if (handshakes < 1 || time.isZero() || time.isNegative()) {
                throw new IllegalArgumentException(
                        "warmUp needs at least 1 handshake and more than no time, not " + handshakes + " and " + time);
            }
            warmUp = new ServerWarmUp(handshakes, time);
            return this;
        }

        /**
         * Binds every address and starts to accept. With {@link #warmUp(int, Duration) warmUp} it computes on the calling
         * thread until that is over, which should then be none of the dispatcher's; whether every address is free is found
         * out before, and again after it.
         *
         * @return the server
         * @throws IOException if an address cannot be bound; then none is
         * @throws UnsupportedOperationException if the port is to be shared, and this system cannot
         * @throws IllegalStateException if no address was given, or one has no handler
         */
        public Server start() throws IOException {
            if (listens.isEmpty()) {
                throw new IllegalStateException("a server needs at least one listen(address, gate)");
            }
            GroupMachine machine = dispatcher.machine();
            if (warmUp.wanted()) {
                open(machine, endpoint(machine, admission())).forEach(Bound::close);
                warmUp.run(listens.stream().map(Listen::gate).toList());
            }
            Endpoint endpoint = endpoint(machine, admission());
            List<Bound> bound = open(machine, endpoint);
            Server server = new Server(endpoint, bound);
            dispatcher.register(endpoint, server);
            bound.forEach(listener -> listener.acceptor().accept());
            return server;
        }

        /** Binds every address, or none. */
        private List<Bound> open(GroupMachine machine, Endpoint endpoint) throws IOException {
            List<Bound> bound = new ArrayList<>();
            try {
                for (Listen listen : listens) {
                    var handler = handlersOf(listen);
                    AsynchronousServerSocketChannel channel = bind(machine, listen.address());
                    Acceptor acceptor = new Acceptor(machine, endpoint, channel, listen.gate(), handler);
                    bound.add(new Bound(acceptor, (InetSocketAddress) channel.getLocalAddress()));
                }
            } catch (IOException | RuntimeException failure) {
                bound.forEach(Bound::close);
                throw failure;
            }
            return bound;
        }

        private Supplier<? extends ConnectionHandler> handlersOf(Listen listen) {
            Supplier<? extends ConnectionHandler> chosen = listen.handlers() != null ? listen.handlers() : handlers;
            if (chosen == null) {
                throw new IllegalStateException("the listener on " + listen.address() + " has no handler: call "
                        + "handler(...), or give listen(...) one of its own");
            }
            return chosen;
        }

        private AsynchronousServerSocketChannel bind(GroupMachine machine, InetSocketAddress address)
                throws IOException {
            AsynchronousServerSocketChannel channel = AsynchronousServerSocketChannel.open(machine.group());
            try {
                channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                if (sharedPort) {
                    channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
                }
                return channel.bind(address, BACKLOG);
            } catch (UnsupportedOperationException noSuchOption) {
                channel.close();
                throw new UnsupportedOperationException(
                        "sharePort(): this operating system does not spread connections over sockets of one port",
                        noSuchOption);
            } catch (IOException failure) {
                channel.close();
                BindException explained = new BindException("cannot listen on " + address.getHostString() + ":"
                        + address.getPort() + ": " + failure.getMessage()
                        + "; stop what uses the port, or choose another one (0 takes any that is free)");
                explained.initCause(failure);
                throw explained;
            }
        }
    }
}
