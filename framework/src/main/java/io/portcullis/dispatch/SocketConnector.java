// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/** Connects sockets of a dispatcher's group. */
final class SocketConnector implements Connector {
    private final GroupMachine machine;

    SocketConnector(GroupMachine machine) {
        this.machine = machine;
    }

    @Override
    public Transport connect(InetSocketAddress address, CompletionHandler<Wire, @Nullable Void> handler)
            throws IOException {
        AsynchronousSocketChannel channel = AsynchronousSocketChannel.open(machine.group());
        Transport transport = new SocketTransport(channel);
        try {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.connect(address, null, new CompletionHandler<Void, @Nullable Void>() {
                @Override
                public void completed(Void none, @Nullable Void nothing) {
                    try {
                        InetSocketAddress local = (InetSocketAddress) channel.getLocalAddress();
                        handler.completed(new Wire(machine.nextId(), address, local, transport), null);
                    } catch (Throwable closedMeanwhile) {
                        transport.close();
                        handler.failed(closedMeanwhile, null);
                    }
                }

                @Override
                public void failed(Throwable failure, @Nullable Void nothing) {
                    handler.failed(failure, null);
                }
            });
        } catch (Throwable notStarted) {
            transport.close();
            throw notStarted;
        }
        return transport;
    }
}
