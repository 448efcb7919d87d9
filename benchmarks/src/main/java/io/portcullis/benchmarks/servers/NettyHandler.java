// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ByteProcessor;

/**
 * One connection of a Netty server. No codec: it scans the buffer in place, responds with a duplicate of a prepared
 * direct buffer, flushes once per read, and stops reading while the client does not read.
 */
final class NettyHandler extends ChannelInboundHandlerAdapter implements ByteProcessor {
    private static final ByteBuf SMALL = direct(CannedResponse.SMALL);
    private static final ByteBuf LARGE = direct(CannedResponse.LARGE);
    private static final ByteBuf UNKNOWN = direct(CannedResponse.UNKNOWN);

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
                respond(context);
            }
        } finally {
            in.release();
        }
    }

    private void respond(ChannelHandlerContext context) {
        ByteBuf response = shared(requests.response()).retainedDuplicate();
        if (requests.closes()) {
            var unused = context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
        } else {
            var unused = context.write(response, context.voidPromise());
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

    private static ByteBuf shared(CannedResponse response) {
        return switch (response) {
            case SMALL -> SMALL;
            case LARGE -> LARGE;
            case UNKNOWN -> UNKNOWN;
        };
    }

    private static ByteBuf direct(CannedResponse response) {
        ByteBuf direct = Unpooled.directBuffer(response.bytes().length).writeBytes(response.bytes());
        return Unpooled.unreleasableBuffer(direct).asReadOnly();
    }
}
