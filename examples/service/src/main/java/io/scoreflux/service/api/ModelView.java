package io.scoreflux.service.api;

import io.scoreflux.Solvers;
import io.scoreflux.evaluation.plot.Picture;
import io.scoreflux.model.DenoiserInfo;
import io.scoreflux.service.Limits;
import io.scoreflux.solve.Setting;
import io.scoreflux.spring.Model;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model as JSON.
 *
 * @param name its name in addresses
 * @param description one sentence, or empty
 * @param dimension the number of numbers of a sample
 * @param radius the radius of the data, the unit of tolerances, or null if a pilot run estimates it
 * @param fromSigma the noise level where trajectories start
 * @param toSigma the noise level where they end
 * @param solver the default solver
 * @param tolerance the default tolerance, or null if the solver has a budget
 * @param budget the default budget of calls, or null
 * @param stages the number of stages of the noise range
 * @param conditions the names of its conditions
 * @param classes the number of its classes, 0 if it has none
 * @param guidance whether conditions can have a weight of guidance
 * @param image the layout of samples that are images, or null
 * @param maxCount the largest number of samples in one request
 */
record ModelView(
        String name,
        String description,
        int dimension,
        @Nullable Double radius,
        double fromSigma,
        double toSigma,
        String solver,
        @Nullable Double tolerance,
        @Nullable Integer budget,
        int stages,
        List<String> conditions,
        int classes,
        boolean guidance,
        @Nullable Picture image,
        int maxCount) {
    static ModelView of(Model model, Limits limits) {
        DenoiserInfo info = model.info();
        boolean budgeted = model.solver().budget() != null;
        Double given = model.solver().tolerance();
        Double tolerance = budgeted || given != null
                ? given
                : Solvers.named(model.solver().name())
                        .setting("tolerance")
                        .map(Setting::defaultValue)
                        .orElse(null);
        return new ModelView(
                model.name(),
                model.description(),
                info.dimension(),
                model.radius().isPresent() ? (Double) model.radius().getAsDouble() : null,
                model.fromSigma(),
                model.toSigma(),
                model.solver().name(),
                tolerance,
                model.solver().budget(),
                model.stages(),
                List.copyOf(model.conditions().keySet()),
                info.classes(),
                info.supportsGuidance(),
                model.picture(),
                limits.maxCount());
    }
}
