package io.scoreflux.model.remote;

import io.scoreflux.model.ModelException.Kind;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Reads a response body of bounded length. A longer body is truncated or rejected, and the rest is not read. */
final class LimitedBody implements BodySubscriber<byte[]> {
    private static final int FIRST = 1 << 13;

    private final String model;
    private final int limit;
    private final boolean cut;
    private final CompletableFuture<byte[]> body = new CompletableFuture<>();
    private byte[] bytes;
    private int length;
    private Flow.@Nullable Subscription subscription;

    /**
     * Creates a reader.
     *
     * @param model the name of the model in messages
     * @param limit the maximum number of bytes
     * @param announced the length of the body that the server announces, or a negative number if it announces none
     * @param cut whether a body that is too long is truncated instead of rejected
     */
    LimitedBody(String model, int limit, long announced, boolean cut) {
        this.model = model;
        this.limit = limit;
        this.cut = cut;
        boolean refused = !cut && announced > limit;
        // Allocating the announced length saves copies. A server may announce more than it sends, so the limit applies.
        this.bytes = new byte[refused ? 0 : (int) Math.min(limit, announced >= 0 ? announced : FIRST)];
        if (refused) {
            tooLong(announced + " bytes are announced");
        }
    }

    @Override
    public CompletionStage<byte[]> getBody() {
        return body;
    }

    @Override
    public void onSubscribe(Flow.Subscription upstream) {
        if (subscription != null || body.isDone()) {
            upstream.cancel();
            return;
        }
        subscription = upstream;
        upstream.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        for (ByteBuffer buffer : buffers) {
            if (body.isDone()) {
                return;
            }
            int more = Math.min(buffer.remaining(), limit - length);
            if (bytes.length - length < more) {
                bytes = Arrays.copyOf(bytes, (int) Math.min(limit, Math.max(2L * bytes.length, (long) length + more)));
            }
            buffer.get(bytes, length, more);
            length += more;
            if (buffer.hasRemaining()) {
                if (cut) {
                    complete();
                } else {
                    tooLong("more bytes follow");
                }
                if (subscription != null) {
                    subscription.cancel();
                }
            }
        }
    }

    private void tooLong(String how) {
        body.completeExceptionally(new InferenceException(
                Kind.TOO_LARGE,
                model + ": the response must have at most " + limit + " bytes, " + how
                        + "; check that the model's output agrees with its description"));
    }

    private void complete() {
        body.complete(length == bytes.length ? bytes : Arrays.copyOf(bytes, length));
    }

    @Override
    public void onError(Throwable error) {
        body.completeExceptionally(error);
    }

    @Override
    public void onComplete() {
        complete();
    }
}
