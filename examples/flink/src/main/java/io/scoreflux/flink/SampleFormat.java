package io.scoreflux.flink;

import io.scoreflux.Request;
import io.scoreflux.Sample;
import io.scoreflux.error.Failure;
import io.scoreflux.error.Violation;
import io.scoreflux.solve.Certificate;
import io.scoreflux.solve.RejectionStatistics;
import io.scoreflux.state.Condition;
import io.scoreflux.state.ConditionTensor;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;
import org.apache.flink.util.InstantiationUtil;
import org.apache.flink.util.SerializedThrowable;
import org.jspecify.annotations.Nullable;

/** The binary form of samples and requests, version 1. Numbers keep their bits. */
final class SampleFormat {
    private SampleFormat() {}

    static void write(Sample sample, DataOutputView out) throws IOException {
        Certificate certificate = sample.certificate();
        out.writeLong(sample.index());
        StringValue.writeString(certificate.status().name(), out);
        write(certificate.error(), out);
        out.writeLong(certificate.calls());
        out.writeLong(certificate.rounds());
        out.writeInt(certificate.intervals());
        out.writeInt(certificate.lowestDegree());
        out.writeInt(certificate.highestDegree());
        Failure failure = certificate.failure();
        out.writeBoolean(failure != null);
        if (failure != null) {
            write(failure, out);
        } else {
            double[] values = sample.values();
            out.writeInt(values.length);
            for (double value : values) {
                write(value, out);
            }
        }
        RejectionStatistics rejection = certificate.rejection();
        out.writeBoolean(rejection != null);
        if (rejection != null) {
            out.writeLong(rejection.draws());
            out.writeLong(rejection.proposals());
            out.writeLong(rejection.weights());
            out.writeLong(rejection.overflows());
            write(rejection.clipping(), out);
        }
        Request request = sample.getRequest();
        out.writeBoolean(request != null);
        if (request != null) {
            write(request, out);
        }
    }

    static Sample readSample(DataInputView in) throws IOException {
        long index = in.readLong();
        Certificate.Status status = Certificate.Status.valueOf(StringValue.readString(in));
        OptionalDouble error = readOptional(in);
        long calls = in.readLong();
        long rounds = in.readLong();
        int intervals = in.readInt();
        int lowestDegree = in.readInt();
        int highestDegree = in.readInt();
        Failure failure = null;
        double[] values = null;
        if (in.readBoolean()) {
            failure = readFailure(in);
        } else {
            values = new double[in.readInt()];
            for (int i = 0; i < values.length; i++) {
                values[i] = readDouble(in);
            }
        }
        RejectionStatistics rejection = in.readBoolean()
                ? new RejectionStatistics(in.readLong(), in.readLong(), in.readLong(), in.readLong(), readDouble(in))
                : null;
        Request request = in.readBoolean() ? readRequest(in) : null;
        return Sample.of(
                index,
                values,
                new Certificate(
                        status, error, calls, rounds, intervals, lowestDegree, highestDegree, failure, rejection),
                request);
    }

    static void write(Request request, DataOutputView out) throws IOException {
        out.writeLong(request.seed());
        out.writeLong(request.index());
        write(request.tolerance(), out);
        writeNullable(request.condition(), out);
    }

    static Request readRequest(DataInputView in) throws IOException {
        return new Request(in.readLong(), in.readLong(), readOptional(in), readNullableCondition(in));
    }

    private static void writeNullable(@Nullable Condition condition, DataOutputView out) throws IOException {
        out.writeBoolean(condition != null);
        if (condition == null) {
            return;
        }
        Integer label = condition.label();
        out.writeBoolean(label != null);
        if (label != null) {
            out.writeInt(label);
        }
        Map<String, ConditionTensor> tensors = new TreeMap<>(condition.tensors());
        out.writeInt(tensors.size());
        for (Map.Entry<String, ConditionTensor> tensor : tensors.entrySet()) {
            StringValue.writeString(tensor.getKey(), out);
            write(tensor.getValue(), out);
        }
        Object payload = condition.payload();
        out.writeBoolean(payload != null);
        if (payload != null) {
            writeBytes(payloadBytes(payload), out);
        }
        write(condition.guidance(), out);
        writeNullable(condition.negative(), out);
    }

    private static byte[] payloadBytes(Object payload) throws IOException {
        try {
            return InstantiationUtil.serializeObject(payload);
        } catch (IOException e) {
            throw new IOException(
                    "the payload of a condition must be serializable in a Flink job, was "
                            + payload.getClass().getName() + " (" + e
                            + "); make it Serializable, or give a label or tensors instead",
                    e);
        }
    }

    private static @Nullable Condition readNullableCondition(DataInputView in) throws IOException {
        if (!in.readBoolean()) {
            return null;
        }
        Integer label = in.readBoolean() ? in.readInt() : null;
        int count = in.readInt();
        Map<String, ConditionTensor> tensors = new HashMap<>();
        for (int i = 0; i < count; i++) {
            tensors.put(StringValue.readString(in), readTensor(in));
        }
        Object payload = in.readBoolean() ? readObject(in) : null;
        return new Condition(label, tensors, payload, readDouble(in), readNullableCondition(in));
    }

    private static void write(ConditionTensor tensor, DataOutputView out) throws IOException {
        out.writeInt(tensor.shape().size());
        for (int axis : tensor.shape()) {
            out.writeInt(axis);
        }
        FloatBuffer values = tensor.values();
        while (values.hasRemaining()) {
            out.writeInt(Float.floatToRawIntBits(values.get()));
        }
    }

    private static ConditionTensor readTensor(DataInputView in) throws IOException {
        int axes = in.readInt();
        List<Integer> shape = new ArrayList<>(axes);
        int size = 1;
        for (int i = 0; i < axes; i++) {
            shape.add(in.readInt());
            size *= shape.get(i);
        }
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = Float.intBitsToFloat(in.readInt());
        }
        return ConditionTensor.of(shape, values);
    }

    private static void write(Failure failure, DataOutputView out) throws IOException {
        StringValue.writeString(failure.kind().name(), out);
        write(failure.sigma(), out);
        StringValue.writeString(failure.place(), out);
        Violation violation = failure.violation();
        StringValue.writeString(violation.setting(), out);
        StringValue.writeString(violation.rule(), out);
        StringValue.writeString(violation.value(), out);
        out.writeInt(violation.remedies().size());
        for (String remedy : violation.remedies()) {
            StringValue.writeString(remedy, out);
        }
        Throwable cause = failure.cause();
        out.writeBoolean(cause != null);
        if (cause != null) {
            // Keeps the message and the stack trace of exceptions that Java cannot serialize or the reader cannot load.
            writeBytes(InstantiationUtil.serializeObject(new SerializedThrowable(cause)), out);
        }
    }

    private static Failure readFailure(DataInputView in) throws IOException {
        Failure.Kind kind = Failure.Kind.valueOf(StringValue.readString(in));
        double sigma = readDouble(in);
        String place = StringValue.readString(in);
        String setting = StringValue.readString(in);
        String rule = StringValue.readString(in);
        String value = StringValue.readString(in);
        int count = in.readInt();
        List<String> remedies = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            remedies.add(StringValue.readString(in));
        }
        Throwable cause = in.readBoolean() ? ((SerializedThrowable) readObject(in)).deserializeError(loader()) : null;
        return new Failure(kind, sigma, place, new Violation(setting, rule, value, remedies), cause);
    }

    private static void write(OptionalDouble number, DataOutputView out) throws IOException {
        out.writeBoolean(number.isPresent());
        if (number.isPresent()) {
            write(number.getAsDouble(), out);
        }
    }

    private static OptionalDouble readOptional(DataInputView in) throws IOException {
        return in.readBoolean() ? OptionalDouble.of(readDouble(in)) : OptionalDouble.empty();
    }

    private static void write(double number, DataOutputView out) throws IOException {
        out.writeLong(Double.doubleToRawLongBits(number));
    }

    private static double readDouble(DataInputView in) throws IOException {
        return Double.longBitsToDouble(in.readLong());
    }

    private static void writeBytes(byte[] bytes, DataOutputView out) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static Object readObject(DataInputView in) throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        try {
            return InstantiationUtil.deserializeObject(bytes, loader());
        } catch (ClassNotFoundException e) {
            throw new IOException("a class of a sample is not on the class path of the job: " + e.getMessage(), e);
        }
    }

    /** The class loader of the job, which Flink sets on the threads of its tasks. */
    private static ClassLoader loader() {
        ClassLoader ofTask = Thread.currentThread().getContextClassLoader();
        return ofTask == null ? SampleFormat.class.getClassLoader() : ofTask;
    }
}
