package io.scoreflux.model.network;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A transport runs a network on the tensors of a call and returns the output. It does not depend on noise levels, conditions or
 * parametrizations. {@link TensorDenoiser#builder} creates a denoiser from it.
 *
 * <p>Several threads call {@link #run}, {@link #prepare} and prepared calls concurrently. Tensors are row-major in direct buffers of native byte
 * order, from index 0 to the capacity of the buffer. Those of {@code run} are valid only during the call, and those of {@code prepare} until the
 * prepared call is closed. The content of a {@link Tensor#shared} input is the same in all calls until {@link #close}.
 */
public interface TensorTransport extends ModelDescription, AutoCloseable {

    /**
     * Runs the network once.
     *
     * @param rows the number of rows of the call
     * @param inputs a buffer for each input; must not be modified
     * @param output the output to compute
     * @param answer receives the output
     */
    void run(int rows, Map<Tensor, ByteBuffer> inputs, Tensor output, ByteBuffer answer);

    /**
     * Prepares calls that use the same buffers, one call at a time. A transport can create its own tensors here instead of in every call. By default
     * each call is a call of {@link #run}.
     *
     * @param rows the number of rows of each call
     * @param inputs a buffer for each input; must not be modified
     * @param output the output to compute
     * @param answer receives the output
     * @return the calls; closed before this transport
     */
    default PreparedCall prepare(int rows, Map<Tensor, ByteBuffer> inputs, Tensor output, ByteBuffer answer) {
        return () -> {
            // Each call has its own positions, because run may read relatively.
            Map<Tensor, ByteBuffer> own = new LinkedHashMap<>();
            inputs.forEach((input, buffer) -> own.put(input, buffer.duplicate().order(buffer.order())));
            run(rows, own, output, answer.duplicate().order(answer.order()));
        };
    }

    /** Calls of the network on buffers that do not change, one call at a time. */
    @FunctionalInterface
    interface PreparedCall extends AutoCloseable {

        /** Runs the network once, on the present content of the inputs. */
        void run();

        /** Releases what the calls hold. Does nothing by default. */
        @Override
        default void close() {}
    }

    /**
     * Runs the network once when the denoiser is opened.
     *
     * @param rows the number of rows of the call
     * @param inputs a buffer for each input; must not be modified
     * @param output the output to compute
     * @return the type and shape that the output actually has; by default those of {@code output}
     */
    default TensorDescription trial(int rows, Map<Tensor, ByteBuffer> inputs, Tensor output) {
        ByteBuffer answer = ByteBuffer.allocateDirect((int) output.bytes(rows)).order(ByteOrder.nativeOrder());
        run(rows, inputs, output, answer);
        return TensorDescription.of(output.name(), output.type(), output.shape(rows));
    }

    /** Releases the network. Called once, after the last call of {@link #run}. Does nothing by default. */
    @Override
    default void close() {}
}
