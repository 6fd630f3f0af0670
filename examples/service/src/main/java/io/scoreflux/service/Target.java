package io.scoreflux.service;

import io.scoreflux.model.Covariance;
import io.scoreflux.model.Denoiser;
import io.scoreflux.model.GaussianMixture;
import io.scoreflux.model.Guidance;
import io.scoreflux.model.LabelledMixture;
import io.scoreflux.state.Condition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The distribution of the samples.
 *
 * @param denoiser its denoiser, with moments
 * @param fromSigma the noise level where trajectories start
 * @param toSigma the noise level where they end
 * @param conditions the conditions that clients may ask for by name, such as prompts; all requests share their tensors
 */
record Target(Denoiser denoiser, double fromSigma, double toSigma, Map<String, Condition> conditions) {
    private static final int MODES = 8;
    private static final double STD = 0.05;

    /** Copies the conditions. */
    Target {
        conditions = Map.copyOf(conditions);
    }

    /**
     * Eight Gaussians on the unit circle: {@code ring8} of the command line, with its noise range. The conditions {@code mode-0} to
     * {@code mode-7} choose one of them.
     */
    static Target ring() {
        List<LabelledMixture.Labelled> modes = new ArrayList<>();
        Map<String, Condition> conditions = new HashMap<>();
        for (int k = 0; k < MODES; k++) {
            double angle = k * StrictMath.PI / 4;
            double[] mean = {StrictMath.cos(angle), StrictMath.sin(angle)};
            modes.add(
                    new LabelledMixture.Labelled(k, new GaussianMixture.Component(1, mean, Covariance.isotropic(STD))));
            conditions.put("mode-" + k, Condition.label(k));
        }
        LabelledMixture mixture = LabelledMixture.of(modes);
        double radius = mixture.moments().orElseThrow().radius();
        return new Target(Guidance.of(mixture), 20 * radius, STD / 10, conditions);
    }
}
