package io.scoreflux.model.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.Moments;
import io.scoreflux.model.NetworkSettings;
import io.scoreflux.model.Translation;
import io.scoreflux.model.onnx.OnnxModelException.Kind;
import io.scoreflux.state.Condition;
import io.scoreflux.state.Rows;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A session of ONNX Runtime as a denoiser; {@link OnnxDenoiser} is its public interface. Java loads the classes of ONNX Runtime when it
 * verifies this class.
 */
final class OnnxNetwork implements Denoiser, AutoCloseable {
    /** The assumed ratio of a row's memory to that of its tensors, to account for the layers of the network. */
    static final int LAYERS = 64;

    private final String model;
    private final Translation translation;
    private final Signature signature;
    private final int dimension;
    private final int classes;
    private final @Nullable Moments moments;
    private final int fixedRows;
    private final int maxRows;
    private final OrtSession session;
    private final Tensors tensors;
    /** Tensors of the constants that do not depend on the row. */
    private final Map<String, OnnxTensor> constants = new HashMap<>();

    private final Tensors.Call held;
    private final ConcurrentLinkedQueue<Workspace> workspaces = new ConcurrentLinkedQueue<>();
    /** Calls hold the read lock, closing holds the write lock. */
    private final ReadWriteLock inUse = new ReentrantReadWriteLock();

    private boolean closed;

    private OnnxNetwork(
            OnnxDenoiserBuilder settings,
            NetworkSettings network,
            OrtSession session,
            Signature signature,
            Tensors tensors)
            throws OrtException {
        this.model = settings.source.name();
        this.translation = network.translation();
        this.signature = signature;
        this.classes = network.classes();
        this.fixedRows = fixedRows(settings, signature);
        this.maxRows = maxRows(settings, signature, fixedRows);
        this.dimension = signature.state().rowLength();
        this.moments = network.momentsOf(dimension);
        this.session = session;
        this.tensors = tensors;
        this.held = tensors.call();
        try {
            hold();
            probe();
        } catch (OrtException | RuntimeException | Error e) {
            held.close();
            throw e;
        }
    }

    static OnnxNetwork open(OnnxDenoiserBuilder settings) {
        String model = settings.source.name();
        // Contradicting settings are rejected before a file is read.
        NetworkSettings network = settings.network();
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        OrtSession session = session(settings, environment);
        try {
            Signature signature = Signature.of(session, settings, network);
            return new OnnxNetwork(settings, network, session, signature, new Tensors(environment));
        } catch (OrtException e) {
            closeQuietly(session, e);
            throw new OnnxModelException(
                    Kind.CALL,
                    model + ": a trial call failed: " + e.getMessage()
                            + "; compare shape, classes and constants with the model",
                    e);
        } catch (RuntimeException | Error e) {
            closeQuietly(session, e);
            throw e;
        }
    }

    private static OrtSession session(OnnxDenoiserBuilder settings, OrtEnvironment environment) {
        try (OrtSession.SessionOptions options = settings.options()) {
            return settings.source.open(environment, options);
        } catch (OrtException e) {
            throw new OnnxModelException(
                    Kind.UNREADABLE,
                    settings.source.name() + ": ONNX Runtime cannot load the model: " + e.getMessage()
                            + "; export it again, or look at the session's settings",
                    e);
        }
    }

    private static void closeQuietly(OrtSession session, Throwable reason) {
        try {
            session.close();
        } catch (OrtException e) {
            reason.addSuppressed(e);
        }
    }

    /** Rows of each call, or 0 for any number. */
    private static int fixedRows(OnnxDenoiserBuilder settings, Signature signature) {
        int asked = settings.fixedRows;
        // A single row is always at position 0.
        return asked <= 1 || signature.batchIsFixed()
                ? asked
                : OnnxDenoiser.GROUP * ((asked - 1) / OnnxDenoiser.GROUP + 1);
    }

    private static int maxRows(OnnxDenoiserBuilder settings, Signature signature, int fixedRows) {
        double each = LAYERS * signature.rowBytes();
        // Java's buffers count bytes in an int.
        double most = Math.min((double) settings.memory, LAYERS * (double) Integer.MAX_VALUE);
        int least = Math.max(1, fixedRows);
        if (least * each > most) {
            throw new OnnxModelException(
                    Kind.TOO_LARGE,
                    String.format(
                            Locale.ROOT,
                            "%s: a call of %d x %s needs about %.3g bytes, may take %.3g; %s",
                            settings.source.name(),
                            least,
                            signature.state(),
                            least * each,
                            most,
                            least > 1
                                    ? "give calls more memory, or fix fewer rows"
                                    : "give calls more memory, or take a smaller model"));
        }
        return fixedRows > 0 ? fixedRows : (int) Math.min(Integer.MAX_VALUE, most / each);
    }

    /** Creates what all calls share. */
    private void hold() throws OrtException {
        for (ConstantInput constant : signature.constants()) {
            if (!constant.perRow()) {
                Slot slot = constant.slot();
                ByteBuffer bytes =
                        ByteBuffer.allocateDirect((int) slot.rowBytes()).order(ByteOrder.nativeOrder());
                constant.fill(bytes, 1);
                constants.put(slot.name(), held.tensor(bytes, slot.rowShape(), slot.type()));
            }
        }
    }

    /** A call that shows whether the model takes two rows, both ends of the range of labels, and answers in the state's shape. */
    private void probe() throws OrtException {
        int count = fixedRows > 0 ? fixedRows : Math.min(2, maxRows);
        Rows rows = new Rows(dimension, count);
        double[] origin = new double[dimension];
        for (int row = 0; row < count; row++) {
            rows.append(origin, 0, Math.min(1, maxSigma()));
        }
        if (classes > 0) {
            rows.condition(count - 1, new Condition(0));
        }
        Workspace workspace = new Workspace(signature, count);
        write(workspace, rows, 0, count, count);
        Slot output = signature.output();
        try (Tensors.Call call = tensors.call()) {
            Map<String, OnnxTensor> inputs = workspace.inputs(call, count);
            inputs.putAll(constants);
            OrtSession.Result result = call.run(session, inputs, output.name());
            TensorInfo found = (TensorInfo) result.get(0).getInfo();
            if (found.type != output.type() || !Arrays.equals(found.getShape(), output.shape(count))) {
                throw new OnnxModelException(
                        Kind.SHAPE,
                        model + ": output '" + output.name() + "' for " + count + " rows must be "
                                + Shapes.shown(Integer.toString(count), output.rowShape()) + ", is "
                                + Shapes.shown(found) + "; name the output that predicts, or give one sample's shape");
            }
        }
        workspaces.add(workspace);
    }

    /** One sample's shape, without the batch. */
    public int[] shape() {
        return Arrays.stream(signature.state().rowShape())
                .mapToInt(axis -> (int) axis)
                .toArray();
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public Optional<Moments> moments() {
        return Optional.ofNullable(moments);
    }

    @Override
    public double maxSigma() {
        return translation.schedule().maxSigma();
    }

    @Override
    public int classes() {
        return classes;
    }

    /**
     * 2^-24 where the state, the time or the answer is float, the rounding error of an answer, or of sigma and hence of the answer; the
     * sums in a network add a few times that.
     */
    @Override
    public double rounding() {
        return Stream.of(signature.state(), signature.time(), signature.output())
                        .anyMatch(slot -> slot.type() == OnnxJavaType.FLOAT)
                ? 0x1p-24
                : 0x1p-53;
    }

    /** The most rows in one call of the model; of {@link #denoise} there is no limit. */
    public int maxRows() {
        return maxRows;
    }

    /**
     * Answers all rows, in calls of at most {@link #maxRows} rows.
     *
     * @throws OnnxModelException if ONNX Runtime cannot carry out a call
     * @throws IllegalArgumentException if a row's label is not one of the classes
     * @throws IllegalStateException if the model is closed
     */
    @Override
    public void denoise(Rows in, double[] out) {
        requireLabels(in);
        inUse.readLock().lock();
        try {
            if (closed) {
                throw new InvalidConfigurationException(
                        "the model", "must be open to be called", "closed: " + model, "open it anew");
            }
            int count;
            for (int first = 0; first < in.count(); first += count) {
                count = Math.min(maxRows, in.count() - first);
                answer(in, first, count, out);
            }
        } finally {
            inUse.readLock().unlock();
        }
    }

    private void requireLabels(Rows in) {
        if (classes == 0) {
            return;
        }
        for (int row = 0; row < in.count(); row++) {
            Condition condition = in.condition(row);
            if (condition != null && condition.label() >= classes) {
                throw new InvalidArgumentException(
                        "label",
                        "must be below " + classes + ", the number of the model's classes",
                        condition.label() + " for " + model);
            }
        }
    }

    private void answer(Rows in, int first, int count, double[] out) {
        int asked = fixedRows > 0 ? fixedRows : count;
        Workspace workspace = workspaces.poll();
        if (workspace == null || workspace.rows() < asked) {
            workspace = new Workspace(signature, asked);
        }
        try (Tensors.Call call = tensors.call()) {
            write(workspace, in, first, count, asked);
            Map<String, OnnxTensor> inputs = workspace.inputs(call, asked);
            inputs.putAll(constants);
            call.run(session, inputs, workspace.outputs(call, asked));
            for (int row = 0; row < count; row++) {
                workspace.read(row, in, first + row, translation, out);
            }
        } catch (OrtException e) {
            throw new OnnxModelException(
                    Kind.CALL, model + ": a call of " + asked + " rows failed: " + e.getMessage(), e);
        } finally {
            workspaces.add(workspace);
        }
    }

    private void write(Workspace workspace, Rows in, int first, int count, int asked) {
        for (int row = 0; row < asked; row++) {
            // Padding rows repeat the last row.
            workspace.write(row, in, first + Math.min(row, count - 1), translation, classes);
        }
    }

    /** Tensors that are still open. */
    long openTensors() {
        return tensors.open();
    }

    /** Closes the model after running calls have ended. */
    @Override
    public void close() {
        inUse.writeLock().lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            workspaces.clear();
            held.close();
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException(model + ": the model could not be closed: " + e.getMessage(), e);
        } finally {
            inUse.writeLock().unlock();
        }
    }
}
