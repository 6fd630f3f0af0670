package io.scoreflux.model.network;

import io.scoreflux.error.InvalidArgumentException;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.model.Moments;
import io.scoreflux.noise.DiscreteSchedule;
import io.scoreflux.noise.NoiseSchedule;
import io.scoreflux.state.Condition;
import io.scoreflux.state.ConditionTensor;
import io.scoreflux.state.Rows;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The properties of a network's denoiser, which follow from the network's signature and settings. Immutable. */
public abstract class NetworkInfo implements DenoiserInfo {
    private final TensorMapping mapping;
    private final int dimension;
    private final int classes;
    private final NoiseSchedule schedule;
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
        this.schedule = settings.schedule();
        // Tables of levels differ in the last digits of single precision. The top of another table must be accepted.
        this.maxSigma = schedule instanceof DiscreteSchedule ? schedule.maxSigma() * (1 + 1e-6) : schedule.maxSigma();
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
    @SuppressWarnings(
            "ReferenceEquality") // Comparing the values of tensors would take longer than checking them again.
    protected final void checkConditions(Rows in) {
        Condition checked = null;
        for (int row = 0; row < in.count(); row++) {
            Condition condition = in.condition(row);
            // Neighbouring rows often share a condition.
            if (row == 0 || condition != checked) {
                if (condition == null) {
                    checkTensors(Map.of());
                } else {
                    checkCondition(condition);
                }
                checked = condition;
            }
        }
    }

    @Override
    public final void checkTensors(Map<String, ConditionTensor> tensors) {
        List<ConditionSlot> slots = mapping.signature().conditions();
        for (ConditionSlot slot : slots) {
            slot.check(tensors);
        }
        for (String name : tensors.keySet()) {
            if (slots.stream().noneMatch(slot -> slot.tensor().name().equals(name))) {
                throw new InvalidArgumentException(
                        "tensors",
                        slots.isEmpty()
                                ? "must be absent, as the network has no condition inputs"
                                : "must be among the condition inputs "
                                        + String.join(
                                                ", ",
                                                slots.stream()
                                                        .map(slot ->
                                                                slot.tensor().name())
                                                        .toList()),
                        "'" + name + "'",
                        "leave it out",
                        "declare it with condition(...) when the network is opened");
            }
        }
    }

    /** Returns the inputs for the tensors of conditions, with the shapes of the opened model. */
    public final List<ConditionInput> conditionInputs() {
        return mapping.signature().conditions().stream()
                .map(slot -> new ConditionInput(slot.tensor().name(), slot.shape(), slot.nullTensor()))
                .toList();
    }

    /** Returns a condition for a trial call: zeros for the inputs without a null tensor, or null if there are none. */
    final @Nullable Condition trialCondition() {
        Map<String, ConditionTensor> zeros = new HashMap<>();
        for (ConditionSlot slot : mapping.signature().conditions()) {
            if (slot.nullTensor() == null) {
                zeros.put(slot.tensor().name(), ConditionTensor.zeros(slot.shape()));
            }
        }
        return zeros.isEmpty() ? null : Condition.ofTensors(zeros);
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

    /** Returns the noising process that the network was trained on. */
    public final NoiseSchedule schedule() {
        return schedule;
    }

    /** Returns 2 if the network is defined only at whole timesteps, otherwise 1; see {@link TensorDenoiser}. */
    @Override
    public final int evaluations(@Nullable Condition condition) {
        return mapping.evaluationsPerRow();
    }

    @Override
    public final boolean isConditional() {
        return classes > 0 || !mapping.signature().conditions().isEmpty();
    }

    /**
     * Returns the rounding error of the least precise of state, time and output: 2^-53 in double, 2^-24 in single and 2^-11 in half precision,
     * 2^-8 for bfloat16. An input of low precision limits the precision of the output too. Sums within the network add a few times this error.
     */
    @Override
    public final double rounding() {
        return mapping.signature().rounding();
    }
}
