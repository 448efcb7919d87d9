// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ByteProcessor;

/**
 * One connection of a Netty server. No codec: it scans the buffer where it lies, answers with a duplicate of a ready
 * direct buffer, flushes once for all that one read has brought, and reads no further while the client does not.
 */
final class NettyHandler extends ChannelInboundHandlerAdapter implements ByteProcessor {
    private static final ByteBuf SMALL = direct(Answer.SMALL);
    private static final ByteBuf LARGE = direct(Answer.LARGE);
    private static final ByteBuf UNKNOWN = direct(Answer.UNKNOWN);

    private final RequestScanner requests = new RequestScanner();

    @Override
    public boolean process(byte value) {
        return !requests.ends(value);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            int begin = in.readerIndex();
            int limit = in.writerIndex();
            for (int end = in.forEachByte(begin, limit - begin, this);
                    end >= 0;
                    end = in.forEachByte(begin, limit - begin, this)) {
                begin = end + 1;
                answer(context);
            }
        } finally {
            in.release();
        }
    }

    private void answer(ChannelHandlerContext context) {
        ByteBuf answer = shared(requests.answer()).retainedDuplicate();
        if (requests.closes()) {
            var unused = context.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
        } else {
            var unused = context.write(answer, context.voidPromise());
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        context.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        context.channel().config().setAutoRead(context.channel().isWritable());
        context.fireChannelWritabilityChanged();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        var unused = context.close();
    }

    private static ByteBuf shared(Answer answer) {
        return switch (answer) {
            case SMALL -> SMALL;
            case LARGE -> LARGE;
            case UNKNOWN -> UNKNOWN;
        };
    }

    private static ByteBuf direct(Answer answer) {
        ByteBuf direct = Unpooled.directBuffer(answer.bytes().length).writeBytes(answer.bytes());
        return Unpooled.unreleasableBuffer(direct).asReadOnly();
    }
}
