package io.scoreflux;

import io.scoreflux.solve.Certificate;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.state.Failure;
import io.scoreflux.state.SampleFailedException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One sample: its number, its values, and what is known of their accuracy and cost. Immutable. */
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
    static Sample of(Trajectory done) {
        return new Sample(
                done.index(), done.z(), done.certificate(), done.tag() instanceof Request asked ? asked : null);
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

    /** Whether there are no values; the certificate's failure says why. */
    public boolean failed() {
        return certificate.failure() != null;
    }

    /** Accuracy and cost. */
    public Certificate certificate() {
        return certificate;
    }

    @Override
    public String toString() {
        return "Sample[index=" + index + ", " + certificate + "]";
    }
}
