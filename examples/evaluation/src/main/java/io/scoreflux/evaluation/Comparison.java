package io.scoreflux.evaluation;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The results of a comparison.
 *
 * @param measurements the measurements of all solvers at all settings
 * @param floor the calls that interpolation along known trajectories takes, or null if it was not requested
 */
public record Comparison(
        List<Measurement> measurements, @Nullable Curve floor) {

    /** A curve for each solver, then the floor. */
    public List<Curve> curves() {
        List<Curve> curves = new ArrayList<>(Curve.of(measurements));
        if (floor != null) {
            curves.add(floor);
        }
        return curves;
    }
}
