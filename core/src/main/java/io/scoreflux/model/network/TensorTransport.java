package io.scoreflux.model.network;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/**
 * Runs a network: takes the tensors of a call to it and brings its output back. It knows nothing of noise levels, conditions or
 * parametrizations. {@link TensorDenoiser#builder} makes a denoiser from it.
 *
 * <p>{@link #run} is called from several threads at once. Tensors are row-major in direct buffers of native byte order, from index 0 to
 * the buffer's capacity, and are valid during the call only; the buffers of inputs without a batch axis stay the same until
 * {@link #close}.
 */
public interface TensorTransport extends ModelDescription, AutoCloseable {

    /**
     * Runs the network once.
     *
     * @param rows rows of the call
     * @param inputs every input of the signature; not to be modified
     * @param output what is to be computed
     * @param answer receives the output
     */
    void run(int rows, Map<Tensor, ByteBuffer> inputs, Tensor output, ByteBuffer answer);

    /**
     * Runs the network once when it is opened.
     *
     * @return the output that it made; by default the output that was asked for
     */
    default TensorDescription trial(int rows, Map<Tensor, ByteBuffer> inputs, Tensor output) {
        ByteBuffer answer = ByteBuffer.allocateDirect((int) output.bytes(rows)).order(ByteOrder.nativeOrder());
        run(rows, inputs, output, answer);
        return TensorDescription.of(output.name(), output.type(), output.shape(rows));
    }

    /** Releases the network; called once, after the last call of {@link #run}. By default there is nothing to release. */
    @Override
    default void close() {}
}
