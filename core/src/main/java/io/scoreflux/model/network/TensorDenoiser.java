package io.scoreflux.model.network;

import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.ModelException.Kind;
import io.scoreflux.model.network.TensorTransport.PreparedCall;
import io.scoreflux.state.Condition;
import io.scoreflux.state.Rows;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The denoiser of a trained network that a {@link TensorTransport} runs.
 *
 * <p>With x_t = alpha z, {@code D(z; sigma) = a x_t + b f(x_t, time, condition)}, where f is the network, and a and b depend on its
 * {@link io.scoreflux.model.network.Parametrization}. State, time and prediction are numbers in half, single or double precision, or bfloat16.
 * The first axis of the state and of the prediction is the batch. The time and the label have the shape {@code [n]} or {@code [n, 1]}. A label
 * may also be a one-hot vector of floating-point numbers, {@code [n, classes]}.
 *
 * <p>If the time is one number for each call, of shape {@code []} or {@code [1]}, rows with different noise levels are in different calls.
 *
 * <p>If the time is an integer, or the index of a chain in half precision, the network is evaluated only at whole timesteps. A state at a
 * noise level between two of them is evaluated at both, and D is interpolated: linearly in the timestep, in the quantity
 * {@code (z / (1 + s^2) - D) sqrt(1 + s^2) / s}. So each row takes two evaluations. D is continuous, and at the level of a timestep it is the
 * network's answer.
 *
 * <p>Thread-safe. {@link #close} waits for running calls.
 */
public class TensorDenoiser extends NetworkInfo implements Denoiser, AutoCloseable {
    /**
     * The assumed ratio of the memory of a row to that of its tensors except those of conditions. It accounts for the layers of the network.
     */
    static final int LAYERS = 64;
    /** The largest number of elements that kernels process at a time. They process the remainder of a tensor by other code. */
    static final int GROUP = 16;

    private final TensorTransport transport;
    private final int fixedRows;
    private final int maxRows;
    /** The buffers of constants without a batch axis. All calls share them. */
    private final Map<Tensor, ByteBuffer> shared = new LinkedHashMap<>();

    private final ConcurrentLinkedQueue<Workspace> workspaces = new ConcurrentLinkedQueue<>();
    /** Calls hold the read lock, and {@link #close} the write lock. */
    private final ReadWriteLock inUse = new ReentrantReadWriteLock();

    private boolean closed;

    /**
     * Matches the model of a transport with the settings and makes a trial call.
     *
     * @param transport runs the model
     * @param network the settings of the network
     * @param settings the settings of calls
     * @throws io.scoreflux.model.ModelException if the model does not fit the settings
     */
    @SuppressWarnings(
            "this-escape") // The trial call runs on the complete object, and calls no method that a subclass can
    // override.
    protected TensorDenoiser(TensorTransport transport, NetworkSettings network, TensorDenoiserBuilder<?> settings) {
        super(signature(transport, network, settings), network);
        this.transport = transport;
        this.fixedRows = fixedRows(signature(), settings);
        this.maxRows = maxRows(transport, signature(), settings);
        for (Constant constant : signature().constants()) {
            if (!constant.tensor().perRow()) {
                ByteBuffer buffer = buffer(constant.tensor(), 1);
                constant.put(buffer, 1);
                shared.put(constant.tensor(), buffer);
            }
        }
        trial();
    }

    /**
     * Returns a builder for a transport. The denoiser closes the transport, even if the denoiser cannot be opened.
     *
     * @param transport runs the model
     */
    public static TensorDenoiserBuilder<?> builder(TensorTransport transport) {
        return new Builder(Objects.requireNonNull(transport, "transport"));
    }

    private static final class Builder extends TensorDenoiserBuilder<Builder> {
        private final TensorTransport transport;

        Builder(TensorTransport transport) {
            this.transport = transport;
        }

        @Override
        protected Builder self() {
            return this;
        }

        @Override
        public TensorDenoiser open() {
            NetworkSettings network = network();
            return opened(transport, () -> new TensorDenoiser(transport, network, this));
        }
    }

    /** Opens a denoiser. Closes its transport if this fails. */
    protected static <D extends TensorDenoiser> D opened(TensorTransport transport, Supplier<D> open) {
        try {
            return open.get();
        } catch (RuntimeException | Error e) {
            try {
                transport.close();
            } catch (RuntimeException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    private ModelSignature signature() {
        return mapping().signature();
    }

    /** Returns the signature after checking that a call fits into the memory. Nothing of the size of a row is allocated before this check. */
    private static ModelSignature signature(
            TensorTransport transport, NetworkSettings network, TensorDenoiserBuilder<?> settings) {
        ModelSignature signature = ModelSignature.of(transport, network, settings.fixedRows);
        maxRows(transport, signature, settings);
        return signature;
    }

    /** Returns the number of rows of each call, or 0 for any number. */
    private static int fixedRows(ModelSignature signature, TensorDenoiserBuilder<?> settings) {
        int asked = settings.fixedRows;
        // A single row needs no rounding up, because it is always at position 0.
        return asked <= 1 || signature.batchIsFixed() ? asked : GROUP * ((asked - 1) / GROUP + 1);
    }

    private static int maxRows(TensorTransport transport, ModelSignature signature, TensorDenoiserBuilder<?> settings) {
        int fixedRows = fixedRows(signature, settings);
        // Layers do not enlarge the embeddings of a prompt, which are often larger than the state.
        double each = (LAYERS * signature.rowBytes()) + signature.conditionBytes();
        // Java's buffers count bytes in an int.
        double most = Math.min((double) settings.memory, each * (Integer.MAX_VALUE / signature.largestBytes()));
        int least = Math.max(1, fixedRows);
        if (least * each > most) {
            throw transport.failure(
                    Kind.TOO_LARGE,
                    String.format(
                            Locale.ROOT,
                            "%s: a call of %d x %s needs about %.3g bytes, the limit of the memory of a call is %.3g",
                            transport.model(),
                            least,
                            signature.state(),
                            least * each,
                            most),
                    List.of(
                            "raise the limit with {memory}",
                            least > 1 ? "fix fewer rows with {fixedRows}" : "use a smaller model"));
        }
        return fixedRows > 0 ? fixedRows : (int) Math.min(Integer.MAX_VALUE, most / each);
    }

    /** Makes a call that checks whether the model accepts two rows and the extreme labels, and whether the output has the shape of the state. */
    private void trial() {
        int count = fixedRows > 0 ? fixedRows : Math.min(2, maxRows);
        Rows rows = new Rows(dimension(), count);
        double[] origin = new double[dimension()];
        for (int row = 0; row < count; row++) {
            rows.append(origin, 0, Math.max(schedule().minSigma(), Math.min(1, maxSigma())));
        }
        Condition least = trialCondition();
        rows.condition(0, least);
        if (classes() > 0) {
            rows.condition(count - 1, least == null ? Condition.label(0) : least.withLabel(0));
        }
        Workspace workspace = new Workspace(count);
        mapping().write(rows, 0, count, count, workspace.inputs);
        Tensor output = signature().output();
        TensorDescription found = transport.trial(count, workspace.inputs(count), output);
        List<Long> expected = Arrays.stream(output.shape(count)).boxed().toList();
        if (found.type() != output.type() || !found.shape().equals(expected)) {
            throw transport.failure(
                    Kind.SHAPE,
                    transport.model() + ": output '" + output.name() + "' for " + count + " rows must be " + expected
                            + ", is " + found.notation(),
                    List.of("name the {output} with the prediction", "give one sample's {shape}"));
        }
        workspaces.add(workspace);
    }

    /** Returns the maximum number of rows in one call of the model. {@link #denoise} divides larger batches. */
    public final int maxRows() {
        return maxRows;
    }

    /**
     * Evaluates all rows, in calls of at most {@link #maxRows} rows.
     *
     * @throws io.scoreflux.model.ModelException if the transport fails to execute a call
     * @throws IllegalArgumentException if the network does not accept the condition of a row
     * @throws IllegalStateException if the model is closed
     */
    @Override
    public final void denoise(Rows in, double[] out) {
        checkConditions(in);
        inUse.readLock().lock();
        try {
            if (closed) {
                throw new InvalidConfigurationException(
                        "the model", "must be open to be called", "closed: " + transport.model(), "open it again");
            }
            Evaluations all = mapping().evaluations(in);
            Rows rows = all.rows();
            double[] values = all.isDirect() ? out : new double[rows.count() * rows.dimension()];
            int count;
            for (int first = 0; first < rows.count(); first += count) {
                count = all.callRows(first, maxRows);
                answer(rows, first, count, values);
            }
            all.combine(values, out);
        } finally {
            inUse.readLock().unlock();
        }
    }

    private void answer(Rows in, int first, int count, double[] out) {
        int rows = fixedRows > 0 ? fixedRows : count;
        Workspace workspace = workspace(rows);
        try {
            mapping().write(in, first, count, rows, workspace.inputs);
            workspace.run(rows);
            mapping().read(workspace.output, in, first, count, out);
        } finally {
            workspaces.add(workspace);
        }
    }

    /** Takes a free workspace for a number of rows, if possible one whose last call had the same number. There are at most as many workspaces as calls have run at the same time. */
    private Workspace workspace(int rows) {
        for (Workspace free : workspaces) {
            if (free.prepared == rows && workspaces.remove(free)) {
                return free;
            }
        }
        Workspace any = workspaces.poll();
        if (any != null && any.rows >= rows) {
            return any;
        }
        if (any != null) {
            any.release();
        }
        return new Workspace(rows);
    }

    /** Waits for running calls and closes the model. */
    @Override
    public final void close() {
        inUse.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                Workspace free = workspaces.poll();
                try {
                    while (free != null) {
                        free.release();
                        free = workspaces.poll();
                    }
                } finally {
                    transport.close();
                }
            }
        } finally {
            inUse.writeLock().unlock();
        }
    }

    private static ByteBuffer buffer(Tensor tensor, int rows) {
        return ByteBuffer.allocateDirect((int) tensor.bytes(rows)).order(ByteOrder.nativeOrder());
    }

    /** Returns the part of a buffer that a call with the given number of rows uses. */
    private static ByteBuffer used(Tensor tensor, ByteBuffer buffer, int rows) {
        return buffer.slice(0, (int) tensor.bytes(rows)).order(ByteOrder.nativeOrder());
    }

    /** The buffers for the tensors of one call. One caller uses them at a time. */
    private final class Workspace {
        private final int rows;
        private final Map<Tensor, ByteBuffer> inputs = new LinkedHashMap<>();
        private final ByteBuffer output;
        private @Nullable PreparedCall call;
        /** The number of rows of the prepared call, or 0. Other threads may read an old number, which costs only time. */
        private int prepared;

        Workspace(int rows) {
            this.rows = rows;
            for (Tensor input : signature().inputs()) {
                ByteBuffer constant = shared.get(input);
                inputs.put(input, constant == null ? buffer(input, rows) : constant);
            }
            for (Constant constant : signature().constants()) {
                if (constant.tensor().perRow()) {
                    constant.put(Objects.requireNonNull(inputs.get(constant.tensor())), rows);
                }
            }
            this.output = buffer(signature().output(), rows);
        }

        /** Runs the network on {@code used} rows. */
        void run(int used) {
            PreparedCall own = call;
            if (own == null || prepared != used) {
                release();
                Tensor tensor = signature().output();
                own = transport.prepare(used, inputs(used), tensor, used(tensor, output, used));
                call = own;
                prepared = used;
            }
            own.run();
        }

        void release() {
            PreparedCall own = call;
            call = null;
            prepared = 0;
            if (own != null) {
                own.close();
            }
        }

        /** Returns the inputs of a call of {@code used} rows. */
        Map<Tensor, ByteBuffer> inputs(int used) {
            Map<Tensor, ByteBuffer> call = new LinkedHashMap<>();
            inputs.forEach((input, buffer) -> call.put(input, used(input, buffer, used)));
            return call;
        }
    }
}
