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
 * One address on which a server accepts connections. May be suspended, resumed and closed while the server runs, from
 * any thread; connections that it has accepted are not touched by that.
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

    /** Has it opened again, if the threads of the group that it was opened in have been replaced meanwhile. */
    Listener openedIn(AsynchronousChannelGroup group, GroupMachine machine) {
        if (!group.equals(machine.crews().group())) {
            acceptor.markStale();
        }
        return this;
    }

    /** As it was asked for, with the port that it got. */
    private static String nameOf(InetSocketAddress wanted, InetSocketAddress bound) {
        String host =
                wanted.getAddress() != null && wanted.getAddress().isAnyLocalAddress() ? "*" : wanted.getHostString();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + bound.getPort();
    }

    /**
     * Starts the settings of a listener.
     *
     * @param address the address, with port 0 for any free one
     * @param gate decides what each connection is
     * @return the settings, for {@link Server.Builder#listen(Settings)} or {@link Server#listen}
     */
    public static Settings at(InetSocketAddress address, Gate gate) {
        return new Settings(address, gate);
    }

    /**
     * The same on all addresses of this machine.
     *
     * @param port the port, 0 for any free one
     * @param gate decides what each connection is
     * @return the settings
     */
    public static Settings at(int port, Gate gate) {
        return at(new InetSocketAddress(port), gate);
    }

    /**
     * What it is called in logs and metrics: as it was named, or by its address, such as {@code *:8443}.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * Where it is bound.
     *
     * @return the address, with the port that was chosen
     */
    public InetSocketAddress address() {
        return address;
    }

    /**
     * What decides about its connections.
     *
     * @return the gate
     */
    public Gate gate() {
        return gate;
    }

    /**
     * How many of its connections have not ended.
     *
     * @return the number, a moment old
     */
    public int connections() {
        return connections.get();
    }

    /**
     * Takes no more connections until {@link #resume()}. They wait in the backlog of the operating system, and are
     * refused by it when that is full; one may be held by the listener. May be called again.
     */
    public void suspend() {
        acceptor.suspend();
    }

    /** Takes connections again, those that have waited first. May be called again; does nothing when it is closed. */
    public void resume() {
        acceptor.resume();
    }

    /**
     * Whether it takes no connections for the time being.
     *
     * @return true since {@link #suspend()}
     */
    public boolean suspended() {
        return acceptor.suspended();
    }

    /**
     * Stops listening for good: the port is free, and who waits in the backlog is refused. Its connections go on. Does
     * not wait: the port is free when it returns. May be called again.
     */
    @Override
    public void close() {
        acceptor.close();
    }

    /**
     * Whether it accepts connections, or will when it is resumed.
     *
     * @return false since {@link #close()}
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

    /** This listener, as its connections know it. */
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

    /** What a listener shall be. */
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
         * Names it, for logs and metrics.
         *
         * @param words the name; several listeners may share one
         * @return this
         */
        public Settings name(String words) {
            this.name = Objects.requireNonNull(words, "name");
            return this;
        }

        /**
         * Gives it a handler of its own, in place of the server's.
         *
         * @param handler makes the handler of each connection
         * @return this
         */
        public Settings handler(Supplier<? extends ConnectionHandler> handler) {
            this.handlers = Objects.requireNonNull(handler, "handler");
            return this;
        }

        /**
         * Binds it, and takes no connections before {@link Listener#resume()}.
         *
         * @return this
         */
        public Settings suspended() {
            this.suspended = true;
            return this;
        }

        /**
         * Sets an option of the sockets of the connections that it accepts, in place of the server's value: see
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
         * Sets an option of the socket that listens, in place of the server's value: see
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
         * Sets how many connections may wait to be accepted, in place of the server's number: see
         * {@link Server.Builder#backlog}.
         *
         * @param connections at least 1
         * @return this
         */
        public Settings backlog(int connections) {
            sockets = sockets.withBacklog(connections);
            return this;
        }

        /** Those of the server, but for what was set here. */
        ListenerSockets socketsOver(ListenerSockets general) {
            return general.overriddenBy(sockets);
        }

        InetSocketAddress address() {
            return address;
        }

        Gate gate() {
            return gate;
        }

        /** Of this listener, or else the server's. */
        Supplier<? extends ConnectionHandler> handlersOr(@Nullable Supplier<? extends ConnectionHandler> general) {
            Supplier<? extends ConnectionHandler> chosen = handlers != null ? handlers : general;
            if (chosen == null) {
                throw new IllegalStateException("the listener on " + address + " has no handler: call "
                        + "handler(...) at the server's builder, or give the listener one of its own");
            }
            return chosen;
        }
    }
}
