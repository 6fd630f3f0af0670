package io.scoreflux;

import io.scoreflux.error.Failure;
import io.scoreflux.error.SampleFailedException;
import io.scoreflux.internal.Values;
import io.scoreflux.solve.Certificate;
import io.scoreflux.solve.SolverRun;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One sample: its number, its values, and its certificate, which states accuracy and cost. Immutable.
 *
 * <p>Samples are equal if these properties and their requests are equal; values are compared by {@link Arrays#equals(double[], double[])}.
 * The {@code get} methods are for JSON mappers and other tools that read JavaBeans: they never throw, and return null for an absent value.
 */
public final class Sample {
    private final long index;
    private final double[] values;
    private final Certificate certificate;
    private final @Nullable Request request;

    /**
     * A sample that owns its values.
     *
     * @param index its number, at least 0: with the seed, its identity
     * @param values the state at the last noise level; not copied
     * @param certificate accuracy and cost
     * @param request what it answers, or null
     */
    Sample(long index, double[] values, Certificate certificate, @Nullable Request request) {
        this.index = index;
        this.values = values;
        this.certificate = certificate;
        this.request = request;
    }

    /** Of a trajectory that has ended. */
    static Sample of(SampleRun done) {
        SolverRun run = done.run();
        return new Sample(run.index(), run.z(), run.certificate(), done.request());
    }

    /** The sample's number. */
    public long index() {
        return index;
    }

    /** The request that it answers; empty where samples were asked for by index. */
    public Optional<Request> request() {
        return Optional.ofNullable(request);
    }

    /**
     * A copy of the values, in the data's units.
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

    /** The dimension of its row, also if it failed. */
    int dimension() {
        return values.length;
    }

    /** Whether there are no values; the certificate's failure says why. */
    public boolean failed() {
        return certificate.failure() != null;
    }

    /** Accuracy and cost. */
    public Certificate certificate() {
        return certificate;
    }

    /** As {@link #index()}. */
    public long getIndex() {
        return index;
    }

    /** As {@link #values()}, or null if the sample failed. */
    public double @Nullable [] getValues() {
        return failed() ? null : values.clone();
    }

    /** As {@link #certificate()}. */
    public Certificate getCertificate() {
        return certificate;
    }

    /** As {@link #request()}, or null. */
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

    /** Number, the first values, and certificate. */
    @Override
    public String toString() {
        return "Sample[index=" + index + ", values=" + (failed() ? "none" : Values.shown(values)) + ", " + certificate
                + (request == null ? "" : ", " + request) + "]";
    }
}
