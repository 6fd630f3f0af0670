package io.scoreflux.model;

import io.scoreflux.state.Condition;
import io.scoreflux.state.ConditionTensor;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The properties of another denoiser; the base class of denoisers that change its values. */
abstract class ForwardingInfo implements DenoiserInfo {
    private final DenoiserInfo about;

    ForwardingInfo(DenoiserInfo about) {
        this.about = about;
    }

    @Override
    public int dimension() {
        return about.dimension();
    }

    @Override
    public Optional<Moments> moments() {
        return about.moments();
    }

    @Override
    public double maxSigma() {
        return about.maxSigma();
    }

    @Override
    public double rounding() {
        return about.rounding();
    }

    @Override
    public double[] jumps() {
        return about.jumps();
    }

    @Override
    public int classes() {
        return about.classes();
    }

    @Override
    public boolean isConditional() {
        return about.isConditional();
    }

    @Override
    public void checkCondition(Condition condition) {
        about.checkCondition(condition);
    }

    @Override
    public void checkTensors(Map<String, ConditionTensor> tensors) {
        about.checkTensors(tensors);
    }

    @Override
    public boolean supportsGuidance() {
        return about.supportsGuidance();
    }

    @Override
    public int evaluations(@Nullable Condition condition) {
        return about.evaluations(condition);
    }

    @Override
    public int evaluations(@Nullable Condition condition, double sigma) {
        return about.evaluations(condition, sigma);
    }
}
