// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.util.Objects;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** One connection with at most one outstanding request. Confined to the event loop of the load. */
@SuppressWarnings("FutureReturnValueIgnored") // a write or a close that fails also ends the connection
final class HttpClient extends ChannelInboundHandlerAdapter {

    /** The callbacks of a connection. */
    interface Listener {
        /** Called when the connection is established and the handshake is complete. */
        void ready(HttpClient client);

        /** Called when the request has been answered. */
        void answered(HttpClient client, long bodyBytes);

        /** Called when the connection has ended; the last call for it. */
        void ended(HttpClient client, @Nullable Throwable cause);
    }

    private final Load.Slot slot;
    private final Tally tally;
    private final ByteBuf request;
    private final Listener listener;
    private final ResponseReader reader = new ResponseReader();
    private @Nullable ChannelHandlerContext context;
    private @Nullable Throwable cause;
    private boolean waiting;
    private boolean answered;
    private boolean ended;

    HttpClient(Load.Slot slot, Tally tally, ByteBuf request, Listener listener) {
        this.slot = slot;
        this.tally = tally;
        this.request = request;
        this.listener = listener;
    }

    Load.Slot slot() {
        return slot;
    }

    /** Returns whether any request was answered. */
    boolean wasAnswered() {
        return answered;
    }

    void send() {
        waiting = true;
        ChannelHandlerContext here = Objects.requireNonNull(context);
        here.writeAndFlush(request.retainedDuplicate(), here.voidPromise());
    }

    void close() {
        if (context != null) {
            context.close();
        }
    }

    void connectFailed(Throwable failure) {
        end(failure);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    @Override
    public void channelActive(ChannelHandlerContext active) {
        if (active.pipeline().get(SslHandler.class) == null) {
            listener.ready(this);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext here, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
            SSLSession session = here.pipeline().get(SslHandler.class).engine().getSession();
            tally.handshake(session.getProtocol() + " " + session.getCipherSuite());
            listener.ready(this);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext here, Object message) throws IOException {
        ByteBuf data = (ByteBuf) message;
        try {
            while (data.isReadable()) {
                if (!waiting) {
                    throw new IOException("the server has sent more than was requested");
                }
                if (reader.read(data)) {
                    waiting = false;
                    answered = true;
                    listener.answered(this, reader.bodyLength());
                }
            }
        } finally {
            data.release();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext here, Throwable failure) {
        if (cause == null) {
            cause = failure;
        }
        here.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext here) {
        end(cause);
    }

    private void end(@Nullable Throwable failure) {
        if (!ended) {
            ended = true;
            listener.ended(this, failure);
        }
    }
}
