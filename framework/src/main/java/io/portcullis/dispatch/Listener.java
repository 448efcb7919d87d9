// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.internal.accept.Acceptor;
import io.portcullis.internal.accept.Reception;
import io.portcullis.internal.loop.GroupMachine;
import io.portcullis.internal.wire.SocketOptions;
import io.portcullis.internal.wire.Wire;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An address on which a server accepts connections. It may be suspended, resumed and closed from any thread while the
 * server is running; this does not affect connections that it has accepted.
 */
public final class Listener implements AutoCloseable {
    private final String name;
    private final InetSocketAddress address;
    private final Gate gate;
    private final Acceptor acceptor;
    private final AtomicInteger connections = new AtomicInteger();
    private final Wire.Origin origin = new Origin();

    Listener(
            GroupMachine machine,
            Reception reception,
            Settings settings,
            ListenerSockets sockets,
            Supplier<? extends ConnectionHandler> handlers,
            AsynchronousServerSocketChannel channel,
            Acceptor.Binding again,
            InetSocketAddress bound) {
        this.name = settings.name == null ? nameOf(settings.address, bound) : settings.name;
        this.address = bound;
        this.gate = settings.gate;
        this.acceptor = new Acceptor(
                machine, reception, channel, again, origin, gate, sockets.connections(), handlers, settings.suspended);
    }

    /** Makes the acceptor reopen the socket if the channel group has been replaced since the socket was opened. */
    Listener openedIn(AsynchronousChannelGroup group, GroupMachine machine) {
        if (!group.equals(machine.crews().group())) {
            acceptor.markStale();
        }
        return this;
    }

    /** Returns the host as it was specified, with the actual port. */
    private static String nameOf(InetSocketAddress wanted, InetSocketAddress bound) {
        String host =
                wanted.getAddress() != null && wanted.getAddress().isAnyLocalAddress() ? "*" : wanted.getHostString();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + bound.getPort();
    }

    /**
     * Returns the settings of a listener on one address.
     *
     * @param address the address, with port 0 for any free port
     * @param gate decides what each connection is
     * @return the settings, for {@link Server.Builder#listen(Settings)} or {@link Server#listen}
     */
    public static Settings at(InetSocketAddress address, Gate gate) {
        return new Settings(address, gate);
    }

    /**
     * Returns the settings of a listener on all addresses of this machine.
     *
     * @param port the port, or 0 for any free port
     * @param gate decides what each connection is
     * @return the settings
     */
    public static Settings at(int port, Gate gate) {
        return at(new InetSocketAddress(port), gate);
    }

    /**
     * Returns the name used in logs and metrics: by default the address, such as {@code *:8443}.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * Returns the address to which the listener is bound.
     *
     * @return the address, with the actual port
     */
    public InetSocketAddress address() {
        return address;
    }

    /**
     * Returns the gate of the listener.
     *
     * @return the gate
     */
    public Gate gate() {
        return gate;
    }

    /**
     * Returns how many of its connections have not ended.
     *
     * @return the number, which may already be out of date
     */
    public int connections() {
        return connections.get();
    }

    /**
     * Stops accepting connections until {@link #resume()}. Connections wait in the backlog of the operating system,
     * which refuses them when it is full; one may be held by the listener. Has no effect if already suspended.
     */
    public void suspend() {
        acceptor.suspend();
    }

    /** Accepts connections again, waiting ones first. Has no effect if not suspended, or if closed. */
    public void resume() {
        acceptor.resume();
    }

    /**
     * Returns whether the listener is suspended.
     *
     * @return true from {@link #suspend()} until {@link #resume()}
     */
    public boolean suspended() {
        return acceptor.suspended();
    }

    /**
     * Stops listening permanently. The port is free when this method returns, and the operating system refuses
     * connections that wait in the backlog. Accepted connections continue. May be called any number of times.
     */
    @Override
    public void close() {
        acceptor.close();
    }

    /**
     * Returns whether the listener has not been closed: it accepts connections, or will when it is resumed.
     *
     * @return false after {@link #close()}
     */
    public boolean isOpen() {
        return acceptor.isOpen();
    }

    @Override
    public String toString() {
        return "listener " + name + " on " + address + (isOpen() ? suspended() ? " (suspended)" : "" : " (closed)");
    }

    Acceptor acceptor() {
        return acceptor;
    }

    /** Returns this listener as seen by its connections. */
    Wire.Origin origin() {
        return origin;
    }

    private final class Origin implements Wire.Origin {
        @Override
        public String name() {
            return name;
        }

        @Override
        public void entered() {
            connections.incrementAndGet();
        }

        @Override
        public void left() {
            connections.decrementAndGet();
        }

        @Override
        public String toString() {
            return Listener.this.toString();
        }
    }

    /** The settings of a listener. */
    public static final class Settings {
        private final InetSocketAddress address;
        private final Gate gate;
        private @Nullable String name;
        private @Nullable Supplier<? extends ConnectionHandler> handlers;
        private boolean suspended;
        private ListenerSockets sockets = ListenerSockets.UNCHANGED;

        Settings(InetSocketAddress address, Gate gate) {
            this.address = Objects.requireNonNull(address, "address");
            this.gate = Objects.requireNonNull(gate, "gate");
        }

        /**
         * Sets the name used in logs and metrics.
         *
         * @param listenerName the name; several listeners may share one
         * @return this
         */
        public Settings name(String listenerName) {
            this.name = Objects.requireNonNull(listenerName, "name");
            return this;
        }

        /**
         * Sets a handler for this listener, overriding the server's.
         *
         * @param handler creates the handler of each connection
         * @return this
         */
        public Settings handler(Supplier<? extends ConnectionHandler> handler) {
            this.handlers = Objects.requireNonNull(handler, "handler");
            return this;
        }

        /**
         * Creates the listener suspended: it is bound, but accepts no connections before {@link Listener#resume()}.
         *
         * @return this
         */
        public Settings suspended() {
            this.suspended = true;
            return this;
        }

        /**
         * Sets a socket option of the accepted connections, overriding the server's value: see
         * {@link Server.Builder#option}.
         *
         * @param option such as those of {@link java.net.StandardSocketOptions}
         * @param value its value
         * @param <T> the type of its value
         * @return this
         */
        public <T> Settings option(SocketOption<T> option, T value) {
            sockets = sockets.withConnections(SocketOptions.none().with(option, value));
            return this;
        }

        /**
         * Sets an option of the listening socket, overriding the server's value: see
         * {@link Server.Builder#listenerOption}.
         *
         * @param option such as {@link java.net.StandardSocketOptions#SO_RCVBUF}
         * @param value its value
         * @param <T> the type of its value
         * @return this
         */
        public <T> Settings listenerOption(SocketOption<T> option, T value) {
            sockets = sockets.withListeners(SocketOptions.none().with(option, value));
            return this;
        }

        /**
         * Sets the backlog, the number of connections that may wait to be accepted, overriding the server's value: see
         * {@link Server.Builder#backlog}.
         *
         * @param connections at least 1
         * @return this
         */
        public Settings backlog(int connections) {
            sockets = sockets.withBacklog(connections);
            return this;
        }

        /** Returns the server's socket settings, overridden by those of this listener. */
        ListenerSockets socketsOver(ListenerSockets general) {
            return general.overriddenBy(sockets);
        }

        InetSocketAddress address() {
            return address;
        }

        Gate gate() {
            return gate;
        }

        /** Returns the handlers of this listener, or else the server's. */
        Supplier<? extends ConnectionHandler> handlersOr(@Nullable Supplier<? extends ConnectionHandler> general) {
            Supplier<? extends ConnectionHandler> chosen = handlers != null ? handlers : general;
            if (chosen == null) {
                throw new IllegalStateException("the listener on " + address + " has no handler: call handler(...)"
                        + " on the server's builder or on the settings of the listener");
            }
            return chosen;
        }
    }
}
