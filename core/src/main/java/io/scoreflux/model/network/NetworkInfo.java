package io.scoreflux.model.network;

import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.model.Moments;
import io.scoreflux.state.Condition;
import io.scoreflux.state.Rows;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The properties of a network's denoiser, which follow from the network's signature and settings. Immutable. */
public abstract class NetworkInfo implements DenoiserInfo {
    private final TensorMapping mapping;
    private final int dimension;
    private final int classes;
    private final double maxSigma;
    private final @Nullable Moments moments;

    /**
     * Matches a model with the settings. Calls of the model must accept any number of rows.
     *
     * @param model the description of the model
     * @param settings the settings of the network
     * @throws io.scoreflux.model.ModelException if the model does not fit the settings; created by {@link ModelDescription#failure}
     * @throws IllegalArgumentException if the moments in the settings have another dimension than the model
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

    /** Returns the mapping between rows and the tensors of the model. */
    protected final TensorMapping mapping() {
        return mapping;
    }

    /**
     * Checks the conditions of all rows.
     *
     * @throws IllegalArgumentException if the network does not accept one of them
     */
    protected final void checkConditions(Rows in) {
        for (int row = 0; row < in.count(); row++) {
            Condition condition = in.condition(row);
            if (condition != null) {
                checkCondition(condition);
            }
        }
    }

    /** Returns the shape of one sample, without the batch axis. */
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
     * Returns 2^-24 if the state, the time or the output is in single precision, otherwise 2^-53. An input in single precision limits the
     * precision of the output too. Sums within the network add a few times this error.
     */
    @Override
    public final double rounding() {
        return mapping.signature().rounding();
    }
}
