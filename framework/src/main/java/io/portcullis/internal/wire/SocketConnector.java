// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.wire;

import io.portcullis.internal.loop.GroupMachine;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/** Connects sockets that belong to a dispatcher's group. */
public final class SocketConnector implements Connector {
    private final GroupMachine machine;

    public SocketConnector(GroupMachine machine) {
        this.machine = machine;
    }

    @Override
    public Transport connect(InetSocketAddress address, CompletionHandler<Wire, @Nullable Void> handler)
            throws IOException {
        AsynchronousSocketChannel channel =
                AsynchronousSocketChannel.open(machine.crews().group());
        try {
            SocketTransport transport = new SocketTransport(channel);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.connect(address, null, new Attempt(address, channel, transport, handler));
            return transport;
        } catch (Throwable notStarted) {
            var unused = SocketTransport.close(channel);
            throw notStarted;
        }
    }

    /** A connection attempt. The group's thread continues whatever the handler throws. */
    private final class Attempt implements CompletionHandler<Void, @Nullable Void> {
        private final InetSocketAddress address;
        private final AsynchronousSocketChannel channel;
        private final Transport transport;
        private final CompletionHandler<Wire, @Nullable Void> handler;

        Attempt(
                InetSocketAddress address,
                AsynchronousSocketChannel channel,
                Transport transport,
                CompletionHandler<Wire, @Nullable Void> handler) {
            this.address = address;
            this.channel = channel;
            this.transport = transport;
            this.handler = handler;
        }

        @Override
        public void completed(Void none, @Nullable Void nothing) {
            try {
                InetSocketAddress local = (InetSocketAddress) channel.getLocalAddress();
                handler.completed(new Wire(machine.nextId(), address, local, transport), null);
            } catch (Throwable closedMeanwhile) {
                failed(closedMeanwhile, null);
            }
        }

        @Override
        public void failed(Throwable failure, @Nullable Void nothing) {
            transport.close();
            try {
                machine.faults().suspect(failure);
                handler.failed(failure, null);
            } catch (Throwable defect) {
                machine.faults().defect(defect);
            }
        }
    }
}
