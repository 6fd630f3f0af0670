package io.scoreflux.solve.sliding;

import io.scoreflux.error.Failure;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.collocation.NoiseCoordinate;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.SolverState;
import io.scoreflux.state.Rows;
import org.jspecify.annotations.Nullable;

/**
 * The machine of sliding-window collocation: a {@link StartWindow}, then one {@link CollocationStep} after another, whose degrees and lengths
 * follow from their residuals. Each round has one row.
 *
 * <p>A step that contains the stop level is taken as a whole. The state at the stop level is read from the polynomial of the step, so that
 * stage boundaries cost no call and change no bit of the result.
 */
final class SlidingMachine implements Machine {
    private static final double LONGEST_STEP = 3;
    /**
     * The number of calls that are reserved for each unit of ln sigma below the front, for a coarse finish when the other calls are used up.
     */
    private static final double COARSE_CALLS = 3;

    private static final int COARSE_DEGREE = 3;
    /** The possible error of D at a node, relative to the tolerance, because D was evaluated at a predicted state. */
    static final double ANSWER_SHARE = 0.02;
    /** The effect of the denoiser's noise on the end is about this share of the noise, even if the path happens to look smooth. */
    private static final double NOISE_SHARE = 0.5;

    /** The largest tolerance at which roughness matters after the start. Above it, low degrees show structure in the same way. */
    private static final double PROBED = 3e-4;
    /** D is rough if its variation over a short distance exceeds this share of that over a step. For a smooth D, it is about a 64th. */
    private static final double ROUGH_SHARE = 0.35;
    /** The largest variation of D over a step, as a multiple of its roughness, at which equal steps are better than high degrees. */
    private static final double MOST_STRUCTURE = 4;
    /** D is rough if, after this number of calls, the whole range would take too many at the mean rate so far. */
    private static final int SOME_CALLS = 250;
    /** The calls for each decimal digit of the tolerance that are too many: twice those of the most difficult smooth targets. */
    private static final double MANY_CALLS = 140;
    /** The factor of the estimated error from roughness below the detection. */
    private static final double ROUGH_FACTOR = 2.5;

    private enum Phase {
        /** Evaluates D at the initial state. */
        FIRST,
        /** Takes steps of the start window. */
        START,
        /** Evaluates D again at a node of the start window, and repairs the values of D. */
        REPAIR,
        /** Predicts, evaluates, corrects. */
        SLIDE,
        /** Evaluates D again, at the corrected state of the same level, to measure a slope. */
        SLOPE,
        /** Evaluates D below the front, to confirm the polynomial of the step to sigma 0. */
        CONFIRM,
        /** Evaluates D a short distance above and below a node, along the predicted path, to tell a rough D from one with structure. */
        PROBE,
        /** Uses the last calls for equal steps of low degree to the end, which are accepted whatever their residuals. */
        COARSE
    }

    private final SolverState trajectory;
    private final Sliding settings;
    private final Problem problem;
    private final int dimension;
    private final StepTolerance tolerance;
    private final StepRange range;

    private final NodeWindow nodes;
    private final NoiseCoordinate coordinate;
    private final NodePolynomial polynomial;
    private final CollocationStep step;
    private final StartWindow start;
    private final StepControl control;
    private final SlopeMemory slopes = new SlopeMemory();
    private final NoiseFloor floor = new NoiseFloor();
    private final Roughness roughness = new Roughness();
    private final Probe probe;
    private final LastStep lastStep;
    private final Confirmation confirmation;
    private final EndError endError;
    /** Whether D is probed. At large tolerances, and upwards, structure looks rough for many steps. */
    private final boolean probes;
    /** The number of calls for the whole range that is too large for a smooth D. */
    private final double manyCalls;

    private Phase phase = Phase.FIRST;
    /** ln sigma of the newest node; -infinity after the step to sigma 0. */
    private double front;
    /** The length of the next step. */
    private double h;
    /** The stop level. */
    private double target;

    /** Takes over if D is rough. */
    private @Nullable EvenSteps evenSteps;

    private int coarseSteps;
    /** Whether the denoiser has noise that is small compared with its structure. */
    private boolean noisy;
    /** The error of the state at the front from roughness below the detection, in the data's units. */
    private double roughError;
    /** The sum of the residuals of the coarse steps, in the data's units. */
    private double coarseError;

    /** The bytes of objects and of arrays of fixed length, measured. */
    private static final int FIXED_BYTES = 8_200;
    /** The bytes for each node of the window that do not grow with the dimension, such as those of its quadrature; measured. */
    private static final int NODE_BYTES = 640;
    /** The bytes of the header of a row, of its reference and of the numbers about it. */
    private static final int ROW_BYTES = 28;

    /** Returns the memory in bytes. */
    static long bytes(Problem problem, Sliding settings) {
        int capacity = settings.maxDegree() + 1;
        int atZero = problem.toSigma() == 0 ? capacity : 0;
        int dual = problem.dual() ? capacity + 1 : 0;
        long rows = 3L * capacity
                + atZero
                + (capacity + 1)
                + dual
                + 11
                + Math.max(EndError.rows(settings), EvenSteps.rows());
        return FIXED_BYTES + NODE_BYTES * capacity + rows * (ROW_BYTES + (long) Double.BYTES * problem.dimension());
    }

    SlidingMachine(SolverState trajectory, Problem problem, Sliding settings) {
        this.trajectory = trajectory;
        this.settings = settings;
        this.problem = problem;
        this.dimension = problem.dimension();
        this.tolerance = new StepTolerance(settings.tolerance(), problem.radius(), problem.dual());
        this.range = new StepRange(trajectory.sigma(), problem, settings.tolerance());
        int capacity = settings.maxDegree() + 1;
        this.nodes = new NodeWindow(capacity, dimension);
        this.coordinate = new NoiseCoordinate(problem.radius());
        this.polynomial = new NodePolynomial(coordinate, capacity + 1, dimension);
        this.step = new CollocationStep(nodes, polynomial, dimension, problem.dual());
        this.start = new StartWindow(trajectory.z(), range.startSigma, problem.radius());
        this.control = new StepControl(settings.minDegree(), settings.maxDegree());
        this.probe = new Probe(dimension);
        this.lastStep = new LastStep(range.toZero ? capacity : 0, dimension);
        this.confirmation = new Confirmation(settings.tolerance(), problem);
        this.endError = new EndError(settings, coordinate, dimension, problem.dual());
        this.manyCalls = -MANY_CALLS * StrictMath.log10(settings.tolerance());
        this.probes = settings.tolerance() <= PROBED && !problem.dual();
        this.front = range.startTau;
        this.target = range.startSigma;
    }

    @Override
    public void target(double sigma) {
        target = Math.max(sigma, range.toSigma);
        if (evenSteps != null) {
            evenSteps.target(sigma);
        } else {
            reachTarget();
        }
    }

    @Override
    public boolean done() {
        return trajectory.sigma() <= target;
    }

    @Override
    public int ask(Rows append) {
        if (evenSteps != null) {
            return evenSteps.ask(append);
        }
        switch (phase) {
            case FIRST -> append.append(start.state, 0, range.startSigma);
            case START, SLIDE, COARSE -> {
                predict();
                append.append(step.predicted, 0, step.sigma);
            }
            case SLOPE -> append.append(step.corrected, 0, step.sigma);
            case PROBE -> {
                double tau = step.tau + probe.offset();
                polynomial.degree = step.q - 1;
                polynomial.carryPart(nodes, 0, front - tau, step.predicted);
                append.append(step.predicted, 0, StrictMath.exp(tau));
            }
            case CONFIRM -> {
                lastStep.read(nodes, confirmation.tau(), step.predicted);
                append.append(step.predicted, 0, StrictMath.exp(confirmation.tau()));
            }
            case REPAIR -> {
                int node = start.repaired();
                append.append(nodes.state(node), 0, StrictMath.exp(nodes.tau(node)));
            }
        }
        return 1;
    }

    @Override
    public void tell(Rows rows, double[] answers, int firstRow) {
        if (evenSteps != null) {
            evenSteps.tell(rows, answers, firstRow);
            return;
        }
        int at = firstRow * dimension;
        switch (phase) {
            case FIRST -> {
                System.arraycopy(answers, at, start.answer, 0, dimension);
                begin();
            }
            case START -> {
                step.evaluated(answers, at);
                step.correct(0);
                stepInStart();
            }
            case REPAIR -> repairStart(answers, at);
            case SLIDE -> {
                step.evaluated(answers, at);
                step.correct(slopes.at(step.tau));
                if (slopeIsWorthACall()) {
                    phase = Phase.SLOPE;
                } else {
                    slide();
                }
            }
            case SLOPE -> {
                measureSlope(answers, at);
                step.correct(slopes.at(step.tau));
                phase = Phase.SLIDE;
                slide();
            }
            case PROBE -> probe(answers, at);
            case CONFIRM -> confirm(lastStep.distance(confirmation.tau(), answers, at));
            case COARSE -> {
                step.evaluated(answers, at);
                // A slope measured over short steps does not hold over long ones.
                step.correct(0);
                stepCoarsely();
            }
        }
        if (evenSteps == null && callsRunOut()) {
            phase = Phase.COARSE;
            advance();
        }
    }

    /** Opens the start window with the first node, where D is known. */
    private void begin() {
        phase = Phase.START;
        nodes.clear();
        endError.clear();
        floor.clear();
        roughness.clear();
        roughError = 0;
        noisy = false;
        slopes.clear();
        control.degree(1);
        front = range.startTau;
        nodes.add(front, range.startSigma, start.answer, start.state, start.state);
        endError.add(front, range.startSigma, start.answer, start.state);
        h = start.firstLength(tolerance.at(range.startSigma));
    }

    /** Starts again with equal steps to the end, because D is rough. */
    private void beginEvenSteps() {
        endError.release();
        double noise = NOISE_SHARE * floor.largest();
        evenSteps =
                new EvenSteps(trajectory, problem, settings.tolerance(), tolerance, range, start, callsLeft(), noise);
        evenSteps.target(target);
    }

    private void predict() {
        double left = front - end();
        h = fittedLength(left);
        boolean last = h == left;
        double tau = last ? end() : front - h;
        double sigma = last && !range.toZero ? range.toSigma : StrictMath.exp(tau);
        double allowed = Math.max(tolerance.at(sigma), 1.5 * floor.size() * h);
        coordinate.floor(phase == Phase.START ? 0 : slopes.noiseFloor(nodes.sigma(0)));
        step.predict(h, tau, sigma, allowed, Math.min(degree(), nodes.count()));
    }

    /** Returns ln sigma where the steps end. */
    private double end() {
        return phase == Phase.COARSE ? range.coarseEndTau : range.endTau;
    }

    /** Fits the next step into the rest of the range, so that no very short step remains at its end. */
    private double fittedLength(double left) {
        if (phase == Phase.COARSE) {
            return left / Math.max(1, callsLeft());
        }
        if (left - h < 0.1 * h) {
            return left;
        }
        return left < 2 * h ? left / 2 : h;
    }

    private int degree() {
        return switch (phase) {
            case START -> nodes.count();
            // Nodes that are much closer together than a coarse step make a high degree useless.
            case COARSE -> Math.min(COARSE_DEGREE, 1 + coarseSteps);
            default -> control.degree();
        };
    }

    /** Accepts or rejects a step of the start window, and chooses the length of the next one. */
    private void stepInStart() {
        slopes.step();
        if (diverges()) {
            return;
        }
        int n = nodes.count();
        roughness.look(step, n);
        if (roughness.isFound()) {
            beginEvenSteps();
            return;
        }
        boolean accepted = start.accepts(step, n) || h < tolerance.shortestStep();
        report(accepted);
        if (accepted) {
            step.acceptInStart();
            append();
        }
        h *= start.factor(step, n, accepted);
        limitLength();
        if (accepted && (start.isResolved(step, n) || nodes.full() || front <= end())) {
            control.degree(control.bestDegree(step.residuals, step.q, n, true));
            phase = start.chooseRepair(nodes) ? Phase.REPAIR : Phase.SLIDE;
            advance();
        }
    }

    /** Repairs D at the nodes of the start window with one more value at one of them, or starts again if its radius was too small. */
    private void repairStart(double[] answers, int at) {
        int node = start.repaired();
        double level = nodes.tau(node);
        double slope = start.measuredSlope(nodes, answers, at);
        if (start.bound.isBrokenBy(slope, StrictMath.exp(level))) {
            // D depends on the state more strongly than the radius allows, so the steps of the start were too long.
            begin();
            return;
        }
        endError.jacobian.add(level, nodes.state(node), nodes.referred(node), answers, at, nodes.answer(node));
        start.repair(nodes, answers, at, slope);
        endError.replace(node, answers, at, nodes.state(node));
        step.integrateWindow();
        slopes.fromStart(front, start.slopeAt(front, nodes, slope));
        phase = Phase.SLIDE;
        advance();
    }

    private boolean slopeIsWorthACall() {
        double slope = Math.max(start.bound.at(step.sigma), Math.abs(step.slope));
        return step.residual() <= 1 && slopes.isDue(step.displacement() * slope / step.allowed);
    }

    private void measureSlope(double[] answers, int at) {
        endError.jacobian.add(step.tau, step.corrected, step.asked, answers, at, step.raw);
        double slope = step.evaluatedAgain(answers, at);
        slopes.measured(step.tau, slope);
    }

    /** Accepts or rejects a step by its residual, and chooses the degree and length of the next one. */
    private void slide() {
        slopes.step();
        smoothResiduals();
        if (diverges()) {
            return;
        }
        roughness.look(step, nodes.count());
        if (stepsAreTooShort()) {
            beginEvenSteps();
        } else if (looksRough()) {
            probe.begin(step, front - step.tau);
            phase = Phase.PROBE;
        } else {
            acceptOrReject();
        }
    }

    /** Returns whether D looks rough at the new node, and the probe lies within the range. */
    private boolean looksRough() {
        double length = front - step.tau;
        if (step.tau - Probe.SHARE * length < range.endTau || !sufficesForEvenSteps()) {
            return false;
        }
        boolean noise = floor.size() > 0
                && floor.size() > tolerance.evenError(step.sigma)
                && floor.size() * length > Roughness.SHARE * tolerance.at(step.sigma);
        return !noisy && (noise || (floor.size() == 0 && probes && roughness.isSuspected()));
    }

    private boolean sufficesForEvenSteps() {
        return EvenSteps.STEPS * callsLeft() > tolerance.evenSteps();
    }

    private boolean stepsAreTooShort() {
        double share = (range.startTau - front) / (range.startTau - range.endTau);
        return trajectory.queries() > SOME_CALLS && trajectory.queries() > manyCalls * share && sufficesForEvenSteps();
    }

    /** Receives D a short distance from the new node. If D is rough, equal steps begin, and otherwise the step is completed. */
    private void probe(double[] answers, int at) {
        if (!probe.isComplete(answers, at)) {
            return;
        }
        double noise = floor.size();
        boolean varies = probe.size() > ROUGH_SHARE * (noise > 0 ? noise : roughness.size());
        // Above noise that is small compared with the structure, high degrees are better than equal steps.
        if (varies && step.deviation(2) <= MOST_STRUCTURE * Math.max(noise, roughness.size())) {
            beginEvenSteps();
            return;
        }
        noisy = varies && noise > 0;
        if (!varies) {
            floor.clear();
        }
        roughness.clear();
        phase = Phase.SLIDE;
        acceptOrReject();
    }

    private void acceptOrReject() {
        int n = nodes.count();
        boolean accepted = step.residual() <= 1 || h < tolerance.shortestStep();
        report(accepted);
        if (accepted) {
            step.accept(Math.min(tolerance.lookBack(), n - 1));
            append();
        }
        h *= control.next(step.residuals, step.q, n, accepted);
        limitLength();
        if (accepted) {
            advance();
        }
    }

    /** Accepts a step of the coarse finish. */
    private void stepCoarsely() {
        smoothResiduals();
        if (diverges()) {
            return;
        }
        coarseError += step.residual() * step.allowed;
        coarseSteps++;
        step.accept(0);
        append();
        advance();
    }

    /** Examines the differences between degrees for noise of the denoiser, and raises residuals that are small by accident. */
    private void smoothResiduals() {
        int n = nodes.count();
        floor.look(step.differences, n, n > 5 ? nodes.tau(5) - step.tau : Double.POSITIVE_INFINITY);
        StepControl.fillDips(step.residuals, step.orders);
    }

    /** Fails the trajectory if the step's states are no longer finite. */
    private boolean diverges() {
        return fails(trajectory, step, front, problem);
    }

    /** Fails a trajectory whose front is at a ln sigma if the step's states are no longer finite, and returns whether it has. */
    static boolean fails(SolverState trajectory, CollocationStep step, double front, Problem problem) {
        if (step.residual() < Double.POSITIVE_INFINITY) {
            return false;
        }
        Violation violation = Violation.of(
                "the states",
                "must stay finite",
                "infinite or NaN",
                "check the denoiser's scale against {radius} " + Violation.text(problem.radius()));
        trajectory.fail(Failure.at(Failure.Kind.NOT_CONVERGED, StrictMath.exp(front), violation, null));
        return true;
    }

    private void report(boolean accepted) {
        trajectory.residual(step.residual());
        if (!accepted) {
            trajectory.stepRejected();
        }
    }

    /** Records the accepted step, whose node is now the newest of the window. */
    private void append() {
        endError.add(step.tau, step.sigma, step.raw, step.asked);
        double length = front - step.tau;
        double slope = Math.max(0, Math.min(1, step.slope));
        double added = problem.dual() ? 0 : roughness.lastSize(probes) * length;
        if (roughError > 0 || added > 0) {
            roughError = StrictMath.hypot(roughError * StrictMath.exp(-length * (1 - slope)), added);
        }
        front = step.tau;
        trajectory.stepAccepted(step.q);
    }

    private void limitLength() {
        h = Math.max(tolerance.shortestStep() / 2, Math.min(LONGEST_STEP, h));
    }

    private long callsLeft() {
        return settings.maxCalls() - trajectory.queries();
    }

    /**
     * Returns whether only the reserve for a coarse finish is left. The reserve includes one call for a slope that may be measured before the
     * next check. A probe begins only if many more calls are left.
     */
    private boolean callsRunOut() {
        if (phase == Phase.COARSE || phase == Phase.SLOPE || phase == Phase.PROBE || front <= range.endTau) {
            return false;
        }
        int reserve = 2 + (int) Math.ceil(COARSE_CALLS * (front - range.coarseEndTau));
        return callsLeft() <= Math.min(settings.maxCalls() / 2, reserve);
    }

    /** Takes the step to sigma 0 if it is due, and moves the trajectory to the stop level if the steps reach it. */
    private void advance() {
        if (range.toZero && isFinal()) {
            stepToZero();
        }
        reachTarget();
    }

    /** Returns whether the states behind the front are final. Those of the start are not final before its repair. */
    private boolean isFinal() {
        return switch (phase) {
            case FIRST, START, REPAIR -> false;
            case SLIDE, SLOPE, PROBE, CONFIRM, COARSE -> nodes.count() >= 2;
        };
    }

    /** Takes the step from the front to sigma 0 if it is accurate enough and confirmed, or if the front is where the steps end. */
    private void stepToZero() {
        if (front <= end()) {
            fitLastStep();
            takeLastStep();
        } else if (confirmation.isDue(front) && fitLastStep()) {
            if (phase == Phase.COARSE || !confirmation.begin(front, noiseFloor())) {
                takeLastStep();
            } else {
                phase = Phase.CONFIRM;
            }
        }
    }

    /** Returns whether the polynomial of the step to sigma 0 has small residuals. */
    private boolean fitLastStep() {
        double answerError = Math.max(ANSWER_SHARE * tolerance.unit(), floor.size());
        lastStep.fit(nodes, noiseFloor(), answerError);
        return lastStep.error() <= Math.max(StepRange.LAST_SHARE * tolerance.unit(), floor.size());
    }

    private double noiseFloor() {
        return Math.max(slopes.impliedFloor(), StrictMath.exp(front));
    }

    /** Takes the step to sigma 0 if D is as predicted at all levels of the confirmation. Otherwise the steps continue. */
    private void confirm(double distance) {
        if (!confirmation.isAsPredicted(distance, tolerance.unit(), floor.size(), front)) {
            phase = Phase.SLIDE;
        } else if (!confirmation.next()) {
            phase = Phase.SLIDE;
            takeLastStep();
            reachTarget();
        }
    }

    private void takeLastStep() {
        trajectory.stepAccepted(lastStep.degree());
        front = Double.NEGATIVE_INFINITY;
    }

    private void reachTarget() {
        double level = range.tau(target);
        if (done() || front > level || !isFinal()) {
            return;
        }
        readState(level);
        trajectory.reached(target);
        if (target == range.toSigma) {
            certify();
        }
    }

    /** Writes the state at a level at or above the front. */
    private void readState(double level) {
        double[] z = trajectory.z();
        if (level < nodes.tau(0)) {
            lastStep.read(nodes, level, z);
        } else {
            polynomial.read(nodes, level, z);
        }
    }

    /** Sets the error of the certificate: the errors of the path, of the step to sigma 0, and of the denoiser's noise, added in quadrature. */
    private void certify() {
        boolean coarse = phase == Phase.COARSE;
        // The nodes of a coarse finish are too unequal for the estimate. Its sum of residuals is never far too small.
        double usual = tolerance.usualError();
        double path = coarse ? coarseError : endError.estimate(start.state, nodes.state(0), usual);
        // From the last node to 0, the flow does not change the size of errors.
        double last = range.toZero ? StrictMath.hypot(lastStep.error(), confirmation.surprise()) : 0;
        double noise = StrictMath.hypot(NOISE_SHARE * floor.largest(), ROUGH_FACTOR * roughError);
        double error = Math.sqrt(path * path + last * last + noise * noise);
        trajectory.estimate(problem, error, settings.tolerance(), !coarse);
    }
}
