package io.scoreflux.benchmarks;

import io.scoreflux.evaluation.Experiment;
import io.scoreflux.evaluation.Outcome;
import io.scoreflux.model.Denoiser;
import io.scoreflux.solve.Problem;
import io.scoreflux.state.Condition;
import io.scoreflux.state.Rows;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.hipparchus.exception.MathRuntimeException;
import org.hipparchus.ode.ODEIntegrator;
import org.hipparchus.ode.ODEState;
import org.hipparchus.ode.OrdinaryDifferentialEquation;
import org.hipparchus.ode.nonstiff.AdamsMoultonIntegrator;
import org.hipparchus.ode.nonstiff.DormandPrince54Integrator;
import org.hipparchus.ode.nonstiff.DormandPrince853Integrator;
import org.hipparchus.ode.nonstiff.GraggBulirschStoerIntegrator;
import org.jspecify.annotations.Nullable;

/**
 * Integrators of Hipparchus on {@code dz/dtau = z - D(z; sigma)}, tau = ln sigma, from the largest to the smallest noise level.
 *
 * <p>The tolerance is relative to {@code radius + |z_i|} in each coordinate. At noise levels far above the radius, errors are therefore
 * relative to the noise, as with the solvers of this library. Steps are between 1e-12 and the whole range.
 */
public enum GeneralIntegrator {
    /** Dormand and Prince, order 5 with error estimates of order 4. */
    DORMAND_PRINCE_54("DormandPrince54") {
        @Override
        ODEIntegrator of(double range, double absolute, double relative) {
            return new DormandPrince54Integrator(SHORTEST, range, absolute, relative);
        }
    },
    /** Dormand and Prince, order 8. */
    DORMAND_PRINCE_853("DormandPrince853") {
        @Override
        ODEIntegrator of(double range, double absolute, double relative) {
            return new DormandPrince853Integrator(SHORTEST, range, absolute, relative);
        }
    },
    /** Gragg, Bulirsch and Stoer: extrapolation. */
    GRAGG_BULIRSCH_STOER("GraggBulirschStoer") {
        @Override
        ODEIntegrator of(double range, double absolute, double relative) {
            return new GraggBulirschStoerIntegrator(SHORTEST, range, absolute, relative);
        }
    },
    /** Adams and Moulton with {@value #ADAMS_STEPS} steps. */
    ADAMS_MOULTON("AdamsMoulton") {
        @Override
        ODEIntegrator of(double range, double absolute, double relative) {
            return new AdamsMoultonIntegrator(ADAMS_STEPS, SHORTEST, range, absolute, relative);
        }
    };

    private static final double SHORTEST = 1e-12;
    private static final int ADAMS_STEPS = 6;

    private final String label;

    GeneralIntegrator(String label) {
        this.label = label;
    }

    abstract ODEIntegrator of(double range, double absolute, double relative);

    /** The name of the Hipparchus class, without its suffix. */
    public String label() {
        return label;
    }

    /** Solves from each initial state to the smallest noise level, one after another. */
    List<Outcome> run(Experiment experiment, double tolerance) {
        List<Outcome> outcomes = new ArrayList<>();
        for (int row = 0; row < experiment.rows(); row++) {
            outcomes.add(run(experiment.denoiser(), experiment.problem(), experiment.state(row), null, tolerance));
        }
        return outcomes;
    }

    /**
     * Solves from one initial state to the smallest noise level.
     *
     * @param problem the noise range and the radius
     * @param state the initial state at the largest noise level; not modified
     * @param condition the condition of all calls, or null
     * @param tolerance relative to {@code radius + |z_i|}
     * @return the outcome, whose end state is empty if a step would have to be shorter than the minimum
     */
    public Outcome run(
            Denoiser denoiser, Problem problem, double[] state, @Nullable Condition condition, double tolerance) {
        return run(
                denoiser,
                problem,
                Math.log(problem.fromSigma()),
                Math.log(problem.toSigma()),
                state,
                condition,
                tolerance);
    }

    /** Solves from one state at the smallest noise level to the largest one; otherwise like {@link #run}. */
    public Outcome runUpwards(Denoiser denoiser, Problem problem, double[] state, double tolerance) {
        return run(
                denoiser, problem, Math.log(problem.toSigma()), Math.log(problem.fromSigma()), state, null, tolerance);
    }

    private Outcome run(
            Denoiser denoiser,
            Problem problem,
            double start,
            double end,
            double[] state,
            @Nullable Condition condition,
            double tolerance) {
        ODEIntegrator integrator = of(Math.abs(start - end), tolerance * problem.radius(), tolerance);
        Flow flow = new Flow(denoiser, condition);
        Optional<double[]> z;
        try {
            z = Optional.of(
                    integrator.integrate(flow, new ODEState(start, state), end).getPrimaryState());
        } catch (MathRuntimeException e) {
            z = Optional.empty();
        }
        return new Outcome(z, flow.calls, flow.calls, OptionalDouble.empty());
    }

    /** The probability flow, which counts its calls. */
    private static final class Flow implements OrdinaryDifferentialEquation {
        private final Denoiser denoiser;
        private final @Nullable Condition condition;
        private final Rows rows;
        private long calls;

        Flow(Denoiser denoiser, @Nullable Condition condition) {
            this.denoiser = denoiser;
            this.condition = condition;
            this.rows = new Rows(denoiser.dimension(), 1);
        }

        @Override
        public int getDimension() {
            return denoiser.dimension();
        }

        @Override
        public double[] computeDerivatives(double tau, double[] z) {
            calls++;
            rows.clear();
            rows.append(z, 0, Math.exp(tau));
            rows.condition(0, condition);
            double[] slope = new double[z.length];
            denoiser.denoise(rows, slope);
            for (int i = 0; i < z.length; i++) {
                slope[i] = z[i] - slope[i];
            }
            return slope;
        }
    }
}
