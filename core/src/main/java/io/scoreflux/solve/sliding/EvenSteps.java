package io.scoreflux.solve.sliding;

import io.scoreflux.internal.collocation.NoiseCoordinate;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.SolverState;
import io.scoreflux.state.Rows;

/**
 * The machine for a rough denoiser: equal steps in ln sigma from the start to the end, with polynomials of degree up to {@value #DEGREE}.
 *
 * <p>If D varies over distances shorter than a step, higher degrees extrapolate these variations, and residuals do not measure the error of a
 * step. Equal steps average over the variations. Their number follows from the tolerance. {@link DoubledSteps} estimates the error. A second call at
 * some of the nodes, at a state displaced by this estimate, shows how the flow changes it.
 */
final class EvenSteps implements Machine {
    static final int DEGREE = 3;
    /** Where D depends on the state, every step of this number has a second call. */
    private static final int PERIOD = 20;

    /** Below this bound on the slope, D hardly depends on the state. */
    private static final double LEAST_SLOPE = 0.2;
    /** The share of the calls for steps. */
    static final double STEPS = 0.9;

    private final SolverState trajectory;
    private final Problem problem;
    private final double relativeTolerance;
    private final StepTolerance tolerance;
    private final StepRange range;
    private final SlopeBound bound;
    private final double noise;
    private final NodeWindow nodes;
    private final NodePolynomial polynomial;
    private final CollocationStep step;
    private final LastStep lastStep;
    private final DoubledSteps doubled;
    private final double[] displaced;
    private final int count;

    private double target;
    private int steps;
    private boolean again;
    /** ln sigma of the newest node; -infinity after the step to sigma 0. */
    private double front;

    /** Returns the memory, in rows of the dimension. */
    static int rows() {
        return 4 * (DEGREE + 1) + 2 * (DEGREE + 2) + 9 + DoubledSteps.rows();
    }

    /**
     * Creates a machine at the start of a trajectory.
     *
     * @param start has the initial state and D there
     * @param calls the number of calls that are left
     * @param noise the error from noise of the denoiser that was observed before, in the data's units
     */
    EvenSteps(
            SolverState trajectory,
            Problem problem,
            double relativeTolerance,
            StepTolerance tolerance,
            StepRange range,
            StartWindow start,
            long calls,
            double noise) {
        int dimension = problem.dimension();
        this.trajectory = trajectory;
        this.problem = problem;
        this.relativeTolerance = relativeTolerance;
        this.tolerance = tolerance;
        this.range = range;
        this.bound = start.bound;
        this.noise = noise;
        this.nodes = new NodeWindow(DEGREE + 1, dimension);
        NoiseCoordinate coordinate = new NoiseCoordinate(problem.radius());
        this.polynomial = new NodePolynomial(coordinate, DEGREE + 2, dimension);
        this.step = new CollocationStep(nodes, polynomial, dimension, problem.dual());
        this.lastStep = new LastStep(range.toZero ? DEGREE + 1 : 0, dimension);
        this.doubled = new DoubledSteps(coordinate, dimension);
        this.displaced = new double[dimension];
        this.count = (int) Math.max(1, Math.min(tolerance.evenSteps(), STEPS * calls));
        this.front = range.startTau;
        this.target = range.startSigma;
        nodes.add(front, range.startSigma, start.answer, start.state, start.state);
        doubled.add(nodes);
    }

    @Override
    public void target(double sigma) {
        target = Math.max(sigma, range.toSigma);
        reachTarget();
    }

    @Override
    public boolean done() {
        return trajectory.sigma() <= target;
    }

    @Override
    public int ask(Rows append) {
        if (again) {
            doubled.displace(step.asked, displaced);
            append.append(displaced, 0, step.sigma);
            return 1;
        }
        double left = front - range.coarseEndTau;
        boolean last = steps == count - 1;
        double h = last ? left : left / (count - steps);
        double tau = last ? range.coarseEndTau : front - h;
        double sigma = last && !range.toZero ? range.toSigma : StrictMath.exp(tau);
        step.predict(h, tau, sigma, tolerance.at(sigma), Math.min(DEGREE, nodes.count()));
        append.append(step.predicted, 0, sigma);
        return 1;
    }

    @Override
    public void tell(Rows rows, double[] answers, int firstRow) {
        int at = firstRow * problem.dimension();
        if (again) {
            again = false;
            doubled.jacobian.add(step.tau, displaced, step.asked, answers, at, step.raw);
            accept();
            return;
        }
        step.evaluated(answers, at);
        step.correct(0);
        again = steps % PERIOD == PERIOD - 1 && steps < count - 1 && bound.at(step.sigma) > LEAST_SLOPE;
        if (!again) {
            accept();
        }
    }

    private void accept() {
        if (SlidingMachine.fails(trajectory, step, front, problem)) {
            return;
        }
        trajectory.residual(step.residual());
        step.accept(0);
        steps++;
        trajectory.stepAccepted(step.q);
        front = step.tau;
        if (steps % 2 == 0) {
            doubled.add(nodes);
        }
        if (steps == count && range.toZero) {
            double floor = Math.max(doubled.noiseFloor(), StrictMath.exp(front));
            lastStep.fit(nodes, floor, SlidingMachine.ANSWER_SHARE * tolerance.unit());
            trajectory.stepAccepted(lastStep.degree());
            front = Double.NEGATIVE_INFINITY;
        }
        reachTarget();
    }

    private void reachTarget() {
        double level = range.tau(target);
        if (done() || front > level) {
            return;
        }
        if (level < nodes.tau(0)) {
            lastStep.read(nodes, level, trajectory.z());
        } else {
            polynomial.read(nodes, level, trajectory.z());
        }
        trajectory.reached(target);
        if (target == range.toSigma) {
            double last = range.toZero ? lastStep.error() : 0;
            double path = doubled.error(tolerance.usualError());
            double error = Math.sqrt(path * path + last * last + noise * noise);
            trajectory.estimate(problem, error, relativeTolerance, count == tolerance.evenSteps());
        }
    }
}
