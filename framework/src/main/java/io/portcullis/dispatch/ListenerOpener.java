// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.ConnectionHandler;
import io.portcullis.internal.accept.Reception;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.internal.loop.GroupMachine;
import io.portcullis.internal.wire.SocketOptions;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Binds the listeners of one server.
 *
 * @param reception admits the accepted connections
 * @param handlers creates the handlers for listeners that do not have their own
 * @param sockets the default socket settings of the listeners
 * @param sharedPort whether other sockets may listen on the same addresses
 */
record ListenerOpener(
        GroupMachine machine,
        Reception reception,
        @Nullable Supplier<? extends ConnectionHandler> handlers,
        ListenerSockets sockets,
        boolean sharedPort) {
    private static final int FIRST_FREE_PORT = 1024;

    Endpoint endpoint() {
        return reception.endpoint();
    }

    /** Binds every address, or none. Does not start to accept connections. */
    List<Listener> open(List<Listener.Settings> settings) throws IOException {
        List<Listener> opened = new ArrayList<>();
        try {
            for (Listener.Settings each : settings) {
                opened.add(open(each));
            }
        } catch (Throwable failure) {
            opened.forEach(Listener::close);
            throw failure;
        }
        return opened;
    }

    Listener open(Listener.Settings settings) throws IOException {
        requireCertificates(settings);
        var supplier = settings.handlersOr(handlers);
        if (settings.address().isUnresolved()) {
            throw new UnknownHostException(
                    "cannot listen on " + settings.address().getHostString() + ":"
                            + settings.address().getPort()
                            + ": the name cannot be resolved; check its spelling, or use"
                            + " an address of this machine");
        }
        AsynchronousChannelGroup group = machine.crews().group();
        ListenerSockets chosen = settings.socketsOver(sockets);
        if (!chosen.connections().equals(SocketOptions.CONNECTION)) {
            chosen.connections().check(group, "the connections of the listener at " + settings.address());
        }
        AsynchronousServerSocketChannel channel = open(settings.address(), chosen);
        try {
            InetSocketAddress bound = (InetSocketAddress) channel.getLocalAddress();
            return new Listener(
                            machine, reception, settings, chosen, supplier, channel, () -> open(bound, chosen), bound)
                    .openedIn(group, machine);
        } catch (Throwable failure) {
            channel.close();
            throw failure;
        }
    }

    private AsynchronousServerSocketChannel open(InetSocketAddress address, ListenerSockets chosen) throws IOException {
        AsynchronousServerSocketChannel channel =
                AsynchronousServerSocketChannel.open(machine.crews().group());
        try {
            chosen.listeners().check(channel, "the listener at " + address);
            bind(channel, address, chosen.backlog());
            return channel;
        } catch (Throwable failure) {
            channel.close();
            throw failure;
        }
    }

    /** Rejects a profile without a certificate, with which every handshake would fail. */
    private static void requireCertificates(Listener.Settings settings) {
        for (TlsProfile profile : GateProfiles.of(List.of(settings.gate()))) {
            if (!profile.serves()) {
                throw new IllegalArgumentException("the gate of the listener at " + settings.address()
                        + " has a TLS profile without a certificate, with which every handshake would fail;"
                        + " give it one with certificate() or keyStore()");
            }
        }
    }

    private void bind(AsynchronousServerSocketChannel channel, InetSocketAddress address, int backlog)
            throws IOException {
        try {
            if (sharedPort) {
                channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            }
            channel.bind(address, backlog);
        } catch (UnsupportedOperationException noSuchOption) {
            throw new UnsupportedOperationException(
                    "reusePort(): this operating system cannot distribute connections over several sockets of one port",
                    noSuchOption);
        } catch (IOException failure) {
            BindException explained = new BindException("cannot listen on " + address.getHostString() + ":"
                    + address.getPort() + ": " + failure.getMessage() + "; " + help(address));
            explained.initCause(failure);
            throw explained;
        }
    }

    private static String help(InetSocketAddress address) {
        if (!isOfThisMachine(address.getAddress())) {
            return "it is not an address of this machine; use one that is, or 0.0.0.0 for all of them";
        }
        String privilege = address.getPort() > 0 && address.getPort() < FIRST_FREE_PORT
                ? "allow this process to use ports below 1024, "
                : "";
        return privilege + "stop the program that uses the port, or use another port (0 selects a free one)";
    }

    private static boolean isOfThisMachine(InetAddress address) {
        try {
            return address.isAnyLocalAddress()
                    || address.isLoopbackAddress()
                    || NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException unknown) {
            return true;
        }
    }
}
