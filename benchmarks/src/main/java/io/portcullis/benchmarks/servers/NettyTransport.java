// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The transports of Netty. */
enum NettyTransport {
    NIO("NIO") {
        @Override
        IoHandlerFactory handlers() {
            return NioIoHandler.newFactory();
        }

        @Override
        Class<? extends ServerChannel> channel() {
            return NioServerSocketChannel.class;
        }

        @Override
        Optional<String> missing() {
            return Optional.empty();
        }
    },
    EPOLL("epoll") {
        @Override
        IoHandlerFactory handlers() {
            return EpollIoHandler.newFactory();
        }

        @Override
        Class<? extends ServerChannel> channel() {
            return EpollServerSocketChannel.class;
        }

        @Override
        Optional<String> missing() {
            return because("Netty's epoll", Epoll.unavailabilityCause());
        }
    },
    IO_URING("io_uring") {
        @Override
        IoHandlerFactory handlers() {
            return IoUringIoHandler.newFactory();
        }

        @Override
        Class<? extends ServerChannel> channel() {
            return IoUringServerSocketChannel.class;
        }

        @Override
        Optional<String> missing() {
            return because("io_uring", IoUring.unavailabilityCause());
        }
    };

    private final String label;

    NettyTransport(String label) {
        this.label = label;
    }

    /** Returns the name used in text; in lower case it is part of a server's name. */
    String label() {
        return label;
    }

    abstract IoHandlerFactory handlers();

    abstract Class<? extends ServerChannel> channel();

    abstract Optional<String> missing();

    static Optional<String> because(String what, @Nullable Throwable cause) {
        if (cause == null) {
            return Optional.empty();
        }
        Throwable deepest = cause;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        return Optional.of(what + " cannot be used: " + deepest);
    }
}
