package io.scoreflux.files.targets;

import io.scoreflux.files.format.PlanFile;
import io.scoreflux.files.format.SampleFile;
import io.scoreflux.files.text.UserError;
import io.scoreflux.model.Denoiser;
import io.scoreflux.solve.Placement;
import io.scoreflux.solve.budget.PlacedBudget;
import java.nio.file.Path;

/** Reads the input files of the command line in other programs, with the same error messages. */
public final class Inputs {
    private Inputs() {}

    /**
     * The denoiser of a target.
     *
     * @param target a target's JSON file, or the name of a built-in target
     */
    public static Denoiser denoiser(String target) {
        return Targets.find(target).denoiser();
    }

    /** The noise levels of a saved plan for a budget of calls. */
    public static PlacedBudget budget(Path plan) {
        Placement placement = PlanFile.read(plan).placement();
        if (placement == null || !PlanFile.isBudget(placement)) {
            throw new UserError(plan + " has no budget of calls; make one with --budget and --save-plan");
        }
        return PlacedBudget.of(placement);
    }

    /** The rows of a file in any output format, at least one; a file with an unknown extension is CSV. */
    public static double[][] rows(Path file) {
        return SampleFile.states(file).toArray();
    }
}
