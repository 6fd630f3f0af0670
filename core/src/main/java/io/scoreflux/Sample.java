package io.scoreflux;

import io.scoreflux.error.Failure;
import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.error.SampleFailedException;
import io.scoreflux.internal.Require;
import io.scoreflux.internal.Values;
import io.scoreflux.solve.Certificate;
import io.scoreflux.solve.SolverRun;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One sample: its index, its values, and a certificate of accuracy and cost. Immutable.
 *
 * <p>Two samples are equal if their indices, values, certificates and requests are equal; values are compared with
 * {@link Arrays#equals(double[], double[])}. The {@code get} methods are for JSON mappers and other tools that read JavaBeans: they never
 * throw, and return null for an absent value.
 */
public final class Sample {
    private final long index;
    private final double[] values;
    private final Certificate certificate;
    private final @Nullable Request request;

    /**
     * Creates a sample that owns its values.
     *
     * @param index the index, at least 0; seed and index identify the sample
     * @param values the state at the last noise level; not copied
     * @param certificate accuracy and cost
     * @param request the request for this sample, or null
     */
    Sample(long index, double[] values, Certificate certificate, @Nullable Request request) {
        this.index = index;
        this.values = values;
        this.certificate = certificate;
        this.request = request;
    }

    /**
     * Creates a sample from its parts, as they were stored or sent. {@link Sampler} creates all other samples.
     *
     * @param index the index, at least 0
     * @param values the values, in the units of the data, or null if the certificate has a failure; copied
     * @param certificate accuracy and cost
     * @param request the request for this sample, or null
     */
    public static Sample of(
            long index, double @Nullable [] values, Certificate certificate, @Nullable Request request) {
        Require.atLeast("index", index, 0);
        if ((values == null) != (certificate.failure() != null)) {
            throw new InvalidArgumentException(
                    "values",
                    "must be null if the certificate has a failure, and only then",
                    values == null ? "null" : values.length + " numbers");
        }
        return new Sample(index, values == null ? new double[0] : values.clone(), certificate, request);
    }

    /** Creates the sample of a finished trajectory. */
    static Sample of(SampleRun done) {
        SolverRun run = done.run();
        return new Sample(run.index(), run.z(), run.certificate(), done.request());
    }

    /** Returns the index of the sample. */
    public long index() {
        return index;
    }

    /** Returns the request for this sample; empty if the sample was requested by index. */
    public Optional<Request> request() {
        return Optional.ofNullable(request);
    }

    /**
     * Returns a copy of the values, in the units of the data.
     *
     * @throws SampleFailedException if the sample failed; see {@link #failed()}
     */
    public double[] values() {
        Failure failure = certificate.failure();
        if (failure != null) {
            throw new SampleFailedException(index, failure);
        }
        return values.clone();
    }

    /** The dimension of the state, also if the sample failed. */
    int dimension() {
        return values.length;
    }

    /** Returns whether the sample failed and has no values. The certificate contains the reason. */
    public boolean failed() {
        return certificate.failure() != null;
    }

    /** Returns the certificate of accuracy and cost. */
    public Certificate certificate() {
        return certificate;
    }

    /** Returns {@link #index()}. */
    public long getIndex() {
        return index;
    }

    /** Returns {@link #values()}, or null if the sample failed. */
    public double @Nullable [] getValues() {
        return failed() ? null : values.clone();
    }

    /** Returns {@link #certificate()}. */
    public Certificate getCertificate() {
        return certificate;
    }

    /** Returns {@link #request()}, or null. */
    public @Nullable Request getRequest() {
        return request;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Sample that
                && index == that.index
                && certificate.equals(that.certificate)
                && Objects.equals(request, that.request)
                && Arrays.equals(getValues(), that.getValues());
    }

    @Override
    public int hashCode() {
        return Objects.hash(index, certificate, request, Arrays.hashCode(getValues()));
    }

    /** Returns a text with the index, the first values, and the certificate. */
    @Override
    public String toString() {
        return "Sample[index=" + index + ", values=" + (failed() ? "none" : Values.shown(values)) + ", " + certificate
                + (request == null ? "" : ", " + request) + "]";
    }
}
