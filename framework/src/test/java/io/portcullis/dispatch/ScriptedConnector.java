// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.internal.wire.Connector;
import io.portcullis.internal.wire.Transport;
import io.portcullis.internal.wire.Wire;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.channels.CompletionHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A connector whose attempts succeed and fail when the test says so. */
final class ScriptedConnector implements Connector {
    final List<Try> tries = new ArrayList<>();

    /** Addresses to which no attempt can be started. */
    Set<String> impossible = Set.of();

    /** Creates the connection of each attempt. */
    Supplier<ScriptedTransport> transports = () -> new ScriptedTransport(ScriptedTransport.EAGER);

    /** One attempt. */
    final class Try {
        final InetSocketAddress address;
        final ScriptedTransport transport = transports.get();
        private final CompletionHandler<Wire, @Nullable Void> handler;

        Try(InetSocketAddress address, CompletionHandler<Wire, @Nullable Void> handler) {
            this.address = address;
            this.handler = handler;
        }

        void connect() {
            connect(wire());
        }

        Wire wire() {
            InetSocketAddress local = InetSocketAddress.createUnresolved("here", 1);
            return new Wire(tries.indexOf(this), address, local, transport);
        }

        void connect(Wire wire) {
            handler.completed(wire, null);
        }

        void refuse() {
            handler.failed(
                    new ConnectException("refused by " + address.getAddress().getHostAddress()), null);
        }
    }

    @Override
    public Transport connect(InetSocketAddress address, CompletionHandler<Wire, @Nullable Void> handler)
            throws IOException {
        if (impossible.contains(address.getAddress().getHostAddress())) {
            throw new IOException("no route");
        }
        Try attempt = new Try(address, handler);
        tries.add(attempt);
        return attempt.transport;
    }

    /** The addresses that were tried, in order. */
    List<String> tried() {
        return tries.stream()
                .map(attempt -> attempt.address.getAddress().getHostAddress())
                .toList();
    }

    long open() {
        return tries.stream().filter(attempt -> !attempt.transport.closed).count();
    }
}
