package io.scoreflux.model.network;

import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.model.Moments;
import io.scoreflux.state.Condition;
import io.scoreflux.state.Rows;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is known of a network's denoiser from its signature and its settings; immutable. */
public abstract class NetworkInfo implements DenoiserInfo {
    private final TensorMapping mapping;
    private final int dimension;
    private final int classes;
    private final double maxSigma;
    private final @Nullable Moments moments;

    /**
     * Matches a model, whose calls may have any number of rows, with the settings.
     *
     * @throws io.scoreflux.model.ModelException if the model does not fit the settings: the one of {@link ModelDescription#failure}
     * @throws IllegalArgumentException if the settings give moments of another dimension
     */
    protected NetworkInfo(ModelDescription model, NetworkSettings settings) {
        this(ModelSignature.of(model, settings, -1), settings);
    }

    NetworkInfo(ModelSignature signature, NetworkSettings settings) {
        this.mapping = new TensorMapping(signature, settings);
        this.dimension = (int) signature.state().size();
        this.classes = settings.classes();
        this.maxSigma = settings.schedule().maxSigma();
        this.moments = settings.momentsOf(dimension);
    }

    /** The mapping between rows and the model's tensors. */
    protected final TensorMapping mapping() {
        return mapping;
    }

    /**
     * Checks the conditions of all rows.
     *
     * @throws IllegalArgumentException if the network cannot answer one
     */
    protected final void checkConditions(Rows in) {
        for (int row = 0; row < in.count(); row++) {
            Condition condition = in.condition(row);
            if (condition != null) {
                checkCondition(condition);
            }
        }
    }

    /** One sample's shape, without the batch. */
    public final int[] shape() {
        return mapping.signature().state().shape().stream()
                .mapToInt(Long::intValue)
                .toArray();
    }

    @Override
    public final int dimension() {
        return dimension;
    }

    @Override
    public final Optional<Moments> moments() {
        return Optional.ofNullable(moments);
    }

    @Override
    public final double maxSigma() {
        return maxSigma;
    }

    @Override
    public final int classes() {
        return classes;
    }

    /**
     * 2^-24 where the state, the time or the output is in single precision, 2^-53 otherwise: the rounding of an answer, or of sigma and hence
     * of the answer. The sums in a network add a few times that.
     */
    @Override
    public final double rounding() {
        return mapping.signature().rounding();
    }
}
