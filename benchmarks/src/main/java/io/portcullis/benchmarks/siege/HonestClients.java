// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.siege;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The legitimate clients. Each kind sends requests at a steady rate, whether or not the previous responses have
 * arrived: an open loop. The latency is the time from the intended time of a request to its response, including the
 * connection and the handshake that it needs. Everything runs on one thread.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write or a close that fails also ends the connection
final class HonestClients implements AutoCloseable {
    private static final List<Kind> KINDS = List.of(Kind.values());
    private static final int PATIENCE_SECONDS = 10;
    private static final ByteBuf REQUEST =
            Unpooled.unreleasableBuffer(Unpooled.copiedBuffer(SiegeServer.SMALL_REQUEST, US_ASCII));

    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final SslContext tls = HonestTls.context();
    private final Bootstrap bootstrap;
    private final int perSecond;

    HonestClients(int port, int perSecond) throws SSLException {
        this.perSecond = perSecond;
        this.bootstrap = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .remoteAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    /**
     * Sends requests for the given time, then waits for the outstanding responses, and closes all connections.
     *
     * @return the measurements by kind
     */
    Map<Kind, Figures> run(Duration time) throws InterruptedException {
        Round round = new Round(time.toSeconds() * perSecond);
        loop.execute(round::begin);
        round.over.await();
        return round.figures;
    }

    @Override
    public void close() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** One call of {@link #run}. */
    private final class Round {
        private final Map<Kind, Figures> figures = new EnumMap<>(Kind.class);
        private final List<Standing> standing = new ArrayList<>();
        private final long requests;
        private final CountDownLatch over = new CountDownLatch(1);
        private long begun;
        private long outstanding;

        Round(long requests) {
            this.requests = requests;
            for (Kind kind : Kind.values()) {
                figures.put(kind, new Figures(new ArrayList<>(), new ArrayList<>()));
            }
        }

        /** The standing connections have a second to open before the first request. */
        void begin() {
            for (int i = 0; i < perSecond; i++) {
                standing.add(new Standing());
            }
            standing.forEach(Standing::connect);
            later(TimeUnit.SECONDS.toNanos(1), () -> tick(System.nanoTime(), 0));
        }

        /** The kinds send their requests one third of the period apart. */
        private void tick(long first, long number) {
            int kinds = KINDS.size();
            if (number == requests * kinds) {
                begun = number;
                endWhenAnswered();
                return;
            }
            Request request = new Request(KINDS.get((int) (number % kinds)), this, System.nanoTime());
            outstanding++;
            request.deadline = later(
                    TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS),
                    () -> request.failed("no response within " + PATIENCE_SECONDS + " s"));
            if (request.kind == Kind.OPEN_TLS) {
                standing.get((int) (number / kinds % standing.size())).ask(request);
            } else {
                connect(request.kind.secure(), new OneRequest(request));
            }
            long due = first + (number + 1) * TimeUnit.SECONDS.toNanos(1) / ((long) perSecond * kinds);
            later(due - System.nanoTime(), () -> tick(first, number + 1));
        }

        private io.netty.util.concurrent.Future<?> later(long nanos, Runnable code) {
            return loop.schedule(code, Math.max(0, nanos), TimeUnit.NANOSECONDS);
        }

        private void ended(Request request, @Nullable String failure) {
            Figures its = figures.getOrDefault(request.kind, new Figures(new ArrayList<>(), new ArrayList<>()));
            if (failure == null) {
                its.millis().add((System.nanoTime() - request.due) / 1e6);
            } else {
                its.failures().add(failure);
            }
            outstanding--;
            endWhenAnswered();
        }

        private void endWhenAnswered() {
            if (begun > 0 && outstanding == 0) {
                standing.forEach(Standing::close);
                over.countDown();
            }
        }
    }

    /** One request, which is answered or fails exactly once. */
    private static final class Request {
        private final Kind kind;
        private final Round round;
        private final long due;
        private io.netty.util.concurrent.@Nullable Future<?> deadline;
        private boolean ended;

        Request(Kind kind, Round round, long due) {
            this.kind = kind;
            this.round = round;
            this.due = due;
        }

        void answered() {
            end(null);
        }

        void failed(String why) {
            end(why);
        }

        private void end(@Nullable String failure) {
            if (!ended) {
                ended = true;
                if (deadline != null) {
                    deadline.cancel(false);
                }
                round.ended(this, failure);
            }
        }
    }

    private void connect(boolean secure, Client client) {
        bootstrap
                .clone()
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        if (secure) {
                            channel.pipeline().addLast(tls.newHandler(channel.alloc()));
                        }
                        channel.pipeline().addLast(client);
                    }
                })
                .connect()
                .addListener(result -> {
                    if (!result.isSuccess()) {
                        client.ended(String.valueOf(result.cause()));
                    }
                });
    }

    /** One connection. */
    private abstract static class Client extends ChannelInboundHandlerAdapter {
        private int missing;
        private @Nullable Throwable failure;

        abstract void ready(Channel channel);

        abstract void answered(Channel channel);

        abstract void ended(String why);

        void send(Channel channel) {
            missing = SiegeServer.SMALL_LENGTH;
            channel.writeAndFlush(REQUEST.duplicate());
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            if (context.pipeline().get(SslHandler.class) == null) {
                ready(context.channel());
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
                ready(context.channel());
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf data = (ByteBuf) message;
            missing -= data.readableBytes();
            data.release();
            if (missing == 0) {
                answered(context.channel());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable thrown) {
            failure = failure == null ? thrown : failure;
            context.close();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            ended(failure == null ? "the server has closed the connection" : String.valueOf(failure));
        }
    }

    /** A connection for one request. */
    private static final class OneRequest extends Client {
        private final Request request;

        OneRequest(Request request) {
            this.request = request;
        }

        @Override
        void ready(Channel channel) {
            send(channel);
        }

        @Override
        void answered(Channel channel) {
            request.answered();
            channel.close();
        }

        @Override
        void ended(String why) {
            request.failed(why);
        }
    }

    /** A persistent connection. Requests are queued; if the connection ends, another one replaces it. */
    private final class Standing {
        private final Deque<Request> waiting = new ArrayDeque<>();
        private @Nullable Channel channel;
        private @Nullable Client client;
        private boolean closed;

        void connect() {
            HonestClients.this.connect(true, new Client() {
                @Override
                void ready(Channel opened) {
                    channel = opened;
                    client = this;
                    if (closed) {
                        opened.close();
                    } else {
                        next();
                    }
                }

                @Override
                void answered(Channel from) {
                    waiting.remove().answered();
                    next();
                }

                @Override
                void ended(String why) {
                    channel = null;
                    waiting.forEach(request -> request.failed(why));
                    waiting.clear();
                    if (!closed) {
                        loop.schedule(Standing.this::connect, 1, TimeUnit.SECONDS);
                    }
                }
            });
        }

        void ask(Request request) {
            waiting.add(request);
            if (waiting.size() == 1) {
                next();
            }
        }

        private void next() {
            if (channel != null && client != null && !waiting.isEmpty()) {
                client.send(channel);
            }
        }

        void close() {
            closed = true;
            if (channel != null) {
                channel.close();
            }
        }
    }
}
