package io.scoreflux.service.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection if data are waiting and the operating system accepts no byte of them within a time limit.
 *
 * <p>Netty's {@code IdleStateHandler} counts the time since the last complete write. That includes time without any waiting data, and
 * ignores partial writes. This handler starts to count when data wait, and starts again at each byte that the system accepts.
 */
final class StalledWriteHandler extends ChannelOutboundHandlerAdapter {
    /** The number of checks within the limit. A stalled connection is closed at most one check late. */
    private static final int CHECKS = 8;

    private final long intervalNanos;
    private boolean watching;
    private int checksWithoutProgress;
    private long completed;
    private long lastCompleted;
    private long lastPartial;

    StalledWriteHandler(Duration limit) {
        intervalNanos = Math.max(1, limit.toNanos() / CHECKS);
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // The future is the promise, which has a listener.
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        context.write(message, promise.unvoid().addListener(ignored -> completed++));
    }

    @Override
    public void flush(ChannelHandlerContext context) {
        context.flush();
        if (!watching && hasWaiting(context)) {
            watching = true;
            checksWithoutProgress = -1;
            check(context);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // Nothing is left to do once it is closed.
    private void check(ChannelHandlerContext context) {
        ChannelOutboundBuffer waiting = context.channel().unsafe().outboundBuffer();
        if (waiting == null || waiting.isEmpty()) {
            watching = false;
            return;
        }
        boolean progress =
                checksWithoutProgress < 0 || completed != lastCompleted || waiting.currentProgress() != lastPartial;
        lastCompleted = completed;
        lastPartial = waiting.currentProgress();
        checksWithoutProgress = progress ? 0 : checksWithoutProgress + 1;
        if (checksWithoutProgress >= CHECKS) {
            context.close();
        } else {
            context.executor().schedule(() -> check(context), intervalNanos, TimeUnit.NANOSECONDS);
        }
    }

    private static boolean hasWaiting(ChannelHandlerContext context) {
        ChannelOutboundBuffer waiting = context.channel().unsafe().outboundBuffer();
        return waiting != null && !waiting.isEmpty();
    }
}
