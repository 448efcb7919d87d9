// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/** One connect to one address, which can be given up. */
final class Dial implements CompletionHandler<Void, Void> {
    private final GroupMachine machine;
    private final InetSocketAddress target;
    private final Machine.Connected callback;
    private volatile @Nullable AsynchronousSocketChannel channel;
    private volatile @Nullable InetSocketAddress address;
    private volatile boolean givenUp;
    private volatile boolean handedOver;

    Dial(GroupMachine machine, InetSocketAddress target, Machine.Connected callback) {
        this.machine = machine;
        this.target = target;
        this.callback = callback;
    }

    void start() {
        if (target.isUnresolved()) {
            machine.runTask(() -> connect(new InetSocketAddress(target.getHostString(), target.getPort())));
        } else {
            connect(target);
        }
    }

    private void connect(InetSocketAddress resolved) {
        try {
            if (resolved.isUnresolved()) {
                throw new UnknownHostException(target.getHostString() + " has no address; is the name right?");
            }
            AsynchronousSocketChannel opened = AsynchronousSocketChannel.open(machine.group());
            channel = opened;
            address = resolved;
            opened.setOption(StandardSocketOptions.TCP_NODELAY, true);
            opened.connect(resolved, null, this);
            if (givenUp) {
                close();
            }
        } catch (IOException | RuntimeException failure) {
            failed(failure, null);
        }
    }

    @Override
    public void completed(Void none, @Nullable Void nothing) {
        AsynchronousSocketChannel connected = channel;
        InetSocketAddress remote = address;
        if (connected == null || remote == null) {
            throw new IllegalStateException("connected without a channel");
        }
        try {
            InetSocketAddress local = (InetSocketAddress) connected.getLocalAddress();
            handedOver = true;
            callback.connected(new Wire(machine.nextId(), remote, local, new SocketTransport(connected)));
        } catch (IOException failure) {
            failed(failure, null);
        }
    }

    @Override
    public void failed(Throwable failure, @Nullable Void nothing) {
        close();
        callback.failed(failure instanceof IOException io ? io : new IOException(failure));
    }

    /** From any thread. */
    void giveUp() {
        givenUp = true;
        if (!handedOver) {
            close();
        }
    }

    private void close() {
        AsynchronousSocketChannel opened = channel;
        if (opened != null) {
            new SocketTransport(opened).close();
        }
    }
}
