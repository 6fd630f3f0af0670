package io.scoreflux.solve.sliding;

import io.scoreflux.collocation.NewtonQuadrature;
import io.scoreflux.collocation.NoiseCoordinate;
import io.scoreflux.error.Violation;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.Problem;
import io.scoreflux.solve.SecantSlope;
import io.scoreflux.solve.Trajectory;
import io.scoreflux.state.Failure;
import io.scoreflux.state.Kernels;
import io.scoreflux.state.Rows;
import java.util.Arrays;

/**
 * Sliding-window collocation of one trajectory. A step that reaches below the level aimed at is taken whole; the state at that
 * level is read from its polynomial, so that stage boundaries cost nothing and change no bit.
 */
final class SlidingMachine implements Machine {
    private static final double LONGEST_START = 3;
    private static final double LONGEST_FIRST = 0.7;
    private static final double SHORTEST_FIRST = 1e-3;
    /** Steps shorter than this, or than the tolerance, are accepted whatever their residual: below lies a jump, or noise. */
    private static final double SHORTEST = 1e-5;

    /** Some roundings of ln sigma. */
    private static final double SHORTEST_EVER = 1e-12;

    /** A residual, or a change by looking back, of this many tolerances comes from a jump of D. */
    private static final double WILD = 100;

    /** Calls kept for each unit of ln sigma below the front, to come to the end when the others are spent. */
    private static final double FINISHING_CALLS = 3;

    private static final int FINISHING_DEGREE = 3;

    /**
     * The last step to sigma 0 may add this share of the tolerance; at the noise level where the rms distance of the data from D
     * is at most this share it is taken in any case.
     */
    private static final double LAST_SHARE = 0.1;

    /** What D may be wrong by at a node, as it was asked at a predicted state: this share of the tolerance. */
    private static final double ANSWER_SHARE = 0.02;

    /** In a coarse finish it is taken at the latest where that distance is this share of the radius. */
    private static final double COARSE = 1e-3;

    /** Noise that was seen moves the end by about this share of it, also where the path alone happens to look smooth. */
    private static final double NOISE_SHARE = 0.5;

    private enum Question {
        FIRST,
        PREDICTION,
        /** At the corrected state of the same level: gives a slope. */
        CORRECTION,
        /** At a node of the start, after it: repairs the start. */
        START
    }

    private final Trajectory trajectory;
    private final Sliding settings;
    private final Problem problem;
    private final int dimension;
    private final double tolerance;
    private final double startSigma;
    private final double startTau;
    private final double shortest;
    private final boolean toZero;
    /** Where the steps end: the end of the range, or the level below which sigma 0 is reached in any case. */
    private double endTau;
    /** Where they end in a coarse finish. */
    private final double finishTau;

    private final double[] startState;
    private final double[] firstAnswer;

    private final NodeWindow nodes;
    private final Path path;
    private final NoiseCoordinate coordinate;
    private final NewtonQuadrature quadrature;
    private final StepControl control;
    private final LastStep lastStep;
    private final NoiseFloor floor = new NoiseFloor();
    private final StartBound bound;
    private final SlopeMemory slopes = new SlopeMemory();

    private Question question = Question.FIRST;
    private boolean starting = true;
    /** Whether what is left of the calls is spent on equal steps to the end, accepted whatever their residuals. */
    private boolean finishing;

    private int finishingSteps;
    /** What the residuals of those steps come to at the front, in the data's units. */
    private double finishingError;

    private double front;
    private double target;

    // The step in the air, from the front down by `h` to `next`.
    private double h;
    private double next;
    private double nextSigma;
    private double allowed;
    /** Nodes in the predictor; the corrector has one more and this degree. */
    private int q;

    private double slope;
    private final double[] v;
    private final double[] integrals;
    private final double[] lookback;
    /** N_j at the new node, and what a unit of D's difference from the prediction by k nodes does to the state. */
    private final double[] newton;

    private final double[] gain;
    private final double[] difference;
    private final double[] residual;
    /** Row j: divided difference of order j, newest nodes first. */
    private final double[] divided;
    /** Row k: the prediction of D at the new node by k nodes. */
    private final double[] predictions;

    private final double[] predicted;
    private final double[] corrected;
    private final double[] asked;
    private final double[] raw;
    private final double[] answer;
    private final double[] state;
    private int repairNode;
    /** Degree of the polynomial in `divided`, which holds on the last interval, or, after the start, on all of it. */
    private int lastDegree;

    /** Memory of the arrays that grow with the dimension. */
    static long bytes(Problem problem, Sliding settings) {
        int capacity = settings.maxDegree() + 1;
        int atZero = problem.toSigma() == 0 ? capacity : 0;
        long rows = 3L * capacity + atZero + 2L * (capacity + 1) + 8 + Path.rows(settings);
        return Double.BYTES * rows * problem.dimension();
    }

    SlidingMachine(Trajectory trajectory, Problem problem, Sliding settings) {
        this.trajectory = trajectory;
        this.settings = settings;
        this.problem = problem;
        this.dimension = trajectory.z().length;
        this.tolerance = Tolerance.inside(settings.tolerance()) * problem.radius();
        this.startSigma = trajectory.sigma();
        this.startTau = StrictMath.log(startSigma);
        this.shortest = Math.max(SHORTEST_EVER, Math.min(SHORTEST, settings.tolerance()));
        this.front = startTau;
        this.toZero = problem.toSigma() == 0;
        this.endTau = toZero ? lastTau(LAST_SHARE * settings.tolerance()) : StrictMath.log(problem.toSigma());
        this.finishTau = toZero ? Math.max(endTau, lastTau(COARSE)) : endTau;
        this.target = trajectory.sigma();
        this.startState = trajectory.z().clone();
        this.firstAnswer = new double[dimension];
        int capacity = settings.maxDegree() + 1;
        this.nodes = new NodeWindow(capacity, dimension);
        this.path = new Path(dimension);
        this.coordinate = new NoiseCoordinate(problem.radius());
        this.quadrature = new NewtonQuadrature(coordinate::at);
        this.control = new StepControl(settings.minDegree(), settings.maxDegree());
        this.lastStep = new LastStep(toZero ? capacity : 0, dimension);
        this.bound = new StartBound(problem.radius());
        this.v = new double[capacity];
        this.integrals = new double[capacity + 1];
        this.lookback = new double[capacity + 1];
        this.newton = new double[capacity + 1];
        this.gain = new double[capacity + 1];
        this.difference = new double[capacity + 1];
        this.residual = new double[capacity + 1];
        this.divided = new double[(capacity + 1) * dimension];
        this.predictions = new double[(capacity + 1) * dimension];
        this.predicted = new double[dimension];
        this.corrected = new double[dimension];
        this.asked = new double[dimension];
        this.raw = new double[dimension];
        this.answer = new double[dimension];
        this.state = new double[dimension];
    }

    /** The level where data are at most a share of the radius from D in the root mean square: their deviation is below sigma. */
    private double lastTau(double share) {
        return Math.min(StrictMath.log(share * problem.radius() / Math.sqrt(dimension)), startTau - 1);
    }

    @Override
    public void aim(double sigma) {
        target = Math.max(sigma, problem.toSigma());
        land();
    }

    @Override
    public boolean done() {
        return trajectory.sigma() <= target;
    }

    @Override
    public int ask(Rows append) {
        switch (question) {
            case FIRST -> append.append(startState, 0, startSigma);
            case PREDICTION -> {
                predict();
                append.append(predicted, 0, nextSigma);
            }
            case CORRECTION -> append.append(corrected, 0, nextSigma);
            case START -> append.append(nodes.states, nodes.at(repairNode), StrictMath.exp(nodes.tau(repairNode)));
        }
        return 1;
    }

    @Override
    public void tell(Rows rows, double[] answers, int firstRow) {
        int at = firstRow * dimension;
        switch (question) {
            case FIRST -> {
                System.arraycopy(answers, at, firstAnswer, 0, dimension);
                begin();
            }
            case PREDICTION -> {
                System.arraycopy(answers, at, raw, 0, dimension);
                System.arraycopy(predicted, 0, asked, 0, dimension);
                correct();
                if (slopeIsWorthACall()) {
                    question = Question.CORRECTION;
                } else {
                    finish();
                }
            }
            case CORRECTION -> {
                double measured = SecantSlope.between(corrected, 0, asked, 0, answers, at, raw, 0, dimension, 0);
                slopes.measured(next, measured);
                path.addSlope(next, measured);
                System.arraycopy(answers, at, raw, 0, dimension);
                System.arraycopy(corrected, 0, asked, 0, dimension);
                correct();
                question = Question.PREDICTION;
                finish();
            }
            case START -> repairStart(answers, at);
        }
        if (!finishing
                && front > endTau
                && question != Question.CORRECTION
                && settings.maxCalls() - trajectory.queries() <= reserve()) {
            finishing = true;
            starting = false;
            question = Question.PREDICTION;
            endTau = finishTau;
            stepToZero();
            land();
        }
    }

    /** The calls that a coarse finish needs, with one for a slope that may be asked before the next look at the cap. */
    private int reserve() {
        return Math.min(settings.maxCalls() / 2, 2 + (int) Math.ceil(FINISHING_CALLS * (front - finishTau)));
    }

    /** Puts the first node in place, with the first answer known. */
    private void begin() {
        nodes.clear();
        path.clear();
        floor.clear();
        slopes.clear();
        control.degree(1);
        starting = true;
        front = startTau;
        nodes.add(startTau, firstAnswer, startState, startState);
        path.add(startTau, firstAnswer, startState);
        double s = startSigma;
        double j = bound.at(s);
        double distance = Math.sqrt(Kernels.squaredDistance(startState, 0, firstAnswer, 0, dimension));
        h = StrictMath.cbrt(2 * tolerance * scale(s) / Math.max(j * j * distance, Double.MIN_NORMAL));
        h = Math.min(LONGEST_FIRST, Math.max(SHORTEST_FIRST, h));
        question = Question.PREDICTION;
    }

    /** Errors made at large sigma shrink with it. */
    private double scale(double s) {
        double x = s / problem.radius();
        return Math.sqrt(1 + x * x);
    }

    private void predict() {
        double left = front - endTau;
        if (finishing) {
            h = left / Math.max(1, settings.maxCalls() - trajectory.queries());
        } else if (left - h < 0.1 * h) {
            h = left;
        } else if (left < 2 * h) {
            h = left / 2;
        }
        next = h == left ? endTau : front - h;
        nextSigma = h == left && !toZero ? problem.toSigma() : StrictMath.exp(next);
        allowed = Math.max(tolerance * scale(nextSigma), 1.5 * floor.size() * h);
        int n = nodes.count();
        // Nodes far closer than a finishing step would make a high degree useless there.
        int degree = finishing ? Math.min(FINISHING_DEGREE, 1 + finishingSteps) : control.degree();
        q = starting ? n : Math.min(degree, n);
        coordinate.floor(starting ? 0 : slopes.noiseFloor(StrictMath.exp(front)));
        quadrature.between(front, next);
        interpolate();
        quadrature.integrate(front, h, v, n, integrals);
        double product = 1;
        for (int j = 0; j <= n; j++) {
            newton[j] = product;
            gain[j] = j == 0 ? 0 : integrals[j] / product;
            if (j < n) {
                product *= 1 - v[j];
            }
        }
        Arrays.fill(predictions, 0, dimension, 0);
        for (int k = 1; k <= n; k++) {
            int row = k * dimension;
            System.arraycopy(predictions, row - dimension, predictions, row, dimension);
            Kernels.addScaled(predictions, row, newton[k - 1], divided, row - dimension, dimension);
        }
        Kernels.setScaled(predicted, 0, StrictMath.exp(-h), nodes.states, nodes.at(0), dimension);
        for (int j = 0; j < q; j++) {
            Kernels.addScaled(predicted, 0, integrals[j], divided, j * dimension, dimension);
        }
    }

    /** Nodes in the coordinate and D's divided differences over them. */
    private void interpolate() {
        int n = nodes.count();
        for (int i = 0; i < n; i++) {
            v[i] = i == 0 ? 0 : quadrature.v(nodes.tau(i));
        }
        nodes.divide(v, divided);
    }

    /**
     * The corrected state, and the answer as it would be there: {@code answer = raw + slope (corrected - asked)}, the corrected
     * state depending on the answer; then the residuals.
     */
    private void correct() {
        // Over the long steps of the finish a slope from short ones would not be the one that counts.
        slope = finishing ? 0 : slopes.at(next);
        System.arraycopy(raw, 0, answer, 0, dimension);
        int row = q * dimension;
        for (int sweep = 0; sweep < (slope == 0 ? 1 : 4); sweep++) {
            if (sweep > 0) {
                for (int k = 0; k < dimension; k++) {
                    answer[k] = raw[k] + slope * (corrected[k] - asked[k]);
                }
            }
            for (int k = 0; k < dimension; k++) {
                corrected[k] = predicted[k] + gain[q] * (answer[k] - predictions[row + k]);
            }
        }
        int n = nodes.count();
        for (int k = 1; k <= n; k++) {
            difference[k] = Math.sqrt(Kernels.squaredDistance(answer, 0, predictions, k * dimension, dimension));
            // Exactly |corrected state of degree k - corrected state of degree k - 1|.
            residual[k] = Math.abs(gain[k] - gain[k - 1]) * difference[k] / allowed;
        }
    }

    private double displacement() {
        return gain[q] * Math.sqrt(Kernels.squaredDistance(corrected, 0, asked, 0, dimension));
    }

    private boolean slopeIsWorthACall() {
        return !starting
                && !finishing
                && residual[q] <= 1
                && slopes.isDue(displacement() * Math.max(bound.at(nextSigma), Math.abs(slope)) / allowed);
    }

    /** Accepts or rejects the step and chooses the next. */
    private void finish() {
        slopes.step();
        int n = nodes.count();
        if (!starting) {
            floor.look(difference, n, n > 5 ? nodes.tau(5) - next : Double.POSITIVE_INFINITY);
            StepControl.fillDips(residual, n);
        }
        double drift = displacement() * bound.at(nextSigma) / allowed;
        if (!(residual[q] < Double.POSITIVE_INFINITY)) {
            double sigma = StrictMath.exp(front);
            Violation violation = Violation.of(
                    "the states",
                    "must stay finite",
                    "infinite or NaN",
                    "check the denoiser's scale against {radius} " + Violation.text(problem.radius()));
            trajectory.fail(Failure.at(Failure.Kind.NOT_CONVERGED, sigma, violation, null));
            return;
        }
        if (finishing) {
            finishingError += residual[q] * allowed;
            finishingSteps++;
            accept();
            stepToZero();
            land();
            return;
        }
        boolean calm = starting ? drift <= 1 && (n < 3 || residual[q] <= WILD) : residual[q] <= 1;
        boolean accepted = calm || h < shortest;
        trajectory.residual(residual[q]);
        if (accepted) {
            accept();
        } else {
            trajectory.reject();
        }
        if (!starting) {
            h *= control.next(residual, q, n, accepted);
        } else {
            double factor = 0.9 * Kernels.power(Math.max(drift, Double.MIN_NORMAL), -1.0 / (q + 2));
            factor = Math.min(accepted ? 2 : 0.7, Math.max(0.3, factor));
            h *= !accepted && drift <= 1 ? 0.5 : (accepted && residual[q] > 1 && n >= 3 ? Math.min(factor, 1) : factor);
            if (accepted && ((residual[q] <= 0.5 && n >= 2) || nodes.full() || front <= endTau)) {
                leaveStart(control.bestDegree(residual, q, n, true));
            }
        }
        h = Math.max(shortest / 2, Math.min(LONGEST_START, h));
        if (accepted) {
            stepToZero();
        }
        land();
    }

    private void accept() {
        // The polynomial of degree q through the new node as well.
        int row = q * dimension;
        for (int k = 0; k < dimension; k++) {
            divided[row + k] = (answer[k] - predictions[row + k]) / newton[q];
        }
        int oldest = nodes.count() - 1;
        int back = finishing ? 0 : starting ? oldest : Math.min(Tolerance.lookback(settings.tolerance()), oldest);
        integrateAgain(back, q);
        Kernels.setScaled(state, 0, StrictMath.exp(-h), nodes.states, nodes.at(0), dimension);
        for (int j = 0; j <= q; j++) {
            Kernels.addScaled(state, 0, integrals[j], divided, j * dimension, dimension);
        }
        if (!starting) {
            for (int i = 0; i < back; i++) {
                nodes.repair(i, slope);
            }
        }
        nodes.add(next, answer, starting ? asked : corrected, state);
        path.add(next, raw, asked);
        lastDegree = q;
        front = next;
        trajectory.interval(q);
    }

    /** States of the nodes newer than node {@code from}, by the polynomial of the given degree. */
    private void integrateAgain(int from, int degree) {
        if (from == 0) {
            return;
        }
        System.arraycopy(nodes.states, nodes.at(from), state, 0, dimension);
        for (int i = from; i >= 1; i--) {
            double top = nodes.tau(i);
            double length = top - nodes.tau(i - 1);
            quadrature.integrate(top, length, v, degree, lookback);
            Kernels.setScaled(state, 0, StrictMath.exp(-length), state, 0, dimension);
            for (int j = 0; j <= degree; j++) {
                Kernels.addScaled(state, 0, lookback[j], divided, j * dimension, dimension);
            }
            double moved = Math.sqrt(Kernels.squaredDistance(state, 0, nodes.states, nodes.at(i - 1), dimension));
            if (!starting && moved > WILD * allowed) {
                // Over a long interval, after a jump: the new polynomial knows less than the old one did.
                return;
            }
            System.arraycopy(state, 0, nodes.states, nodes.at(i - 1), dimension);
        }
    }

    /** The start is over: asks once more at the node whose state has moved most, to repair all answers of the start. */
    private void leaveStart(int degree) {
        starting = false;
        control.degree(degree);
        repairNode = 0;
        double most = 0;
        for (int i = 0; i < nodes.count(); i++) {
            double s = StrictMath.exp(nodes.tau(i));
            double drift = nodes.drift(i) / (s * s);
            if (drift > most) {
                most = drift;
                repairNode = i;
            }
        }
        if (most > 0) {
            question = Question.START;
        }
    }

    /** Moves the start's answers along one slope, which falls as 1 / s^2 far above the data's radius. */
    private void repairStart(double[] answers, int at) {
        int row = nodes.at(repairNode);
        double level = nodes.tau(repairNode);
        double s = StrictMath.exp(level);
        double measured = SecantSlope.between(
                nodes.states, row, nodes.referred, row, answers, at, nodes.answers, row, dimension, 0);
        question = Question.PREDICTION;
        if (bound.isBrokenBy(measured, s)) {
            // D follows the state more than the radius allows: the radius was too small, and the start too bold.
            begin();
            return;
        }
        System.arraycopy(answers, at, nodes.answers, row, dimension);
        System.arraycopy(nodes.states, row, nodes.referred, row, dimension);
        path.replace(repairNode, answers, at, nodes.states, row);
        path.addSlope(level, measured);
        for (int i = 0; i < nodes.count(); i++) {
            if (i != repairNode) {
                double ratio = s / StrictMath.exp(nodes.tau(i));
                nodes.repair(i, measured * ratio * ratio);
            }
        }
        quadrature.between(front, front - 1);
        interpolate();
        integrateAgain(nodes.count() - 1, nodes.count() - 1);
        double ratio = s / StrictMath.exp(front);
        slopes.fromStart(front, measured * ratio * ratio);
        // The last interval was integrated anew, as one of the polynomial through all nodes.
        lastDegree = nodes.count() - 1;
        stepToZero();
        land();
    }

    /** Goes from the front to sigma 0, if that is where the range ends and the step is accurate enough. */
    private void stepToZero() {
        if (!toZero || starting || question == Question.START || nodes.count() < 2) {
            return;
        }
        double answerError = Math.max(ANSWER_SHARE * tolerance, floor.size());
        lastStep.fit(nodes, Math.max(slopes.impliedFloor(), StrictMath.exp(front)), answerError);
        if (lastStep.error() <= Math.max(LAST_SHARE * tolerance, floor.size()) || front <= endTau) {
            trajectory.interval(lastStep.degree());
            front = Double.NEGATIVE_INFINITY;
        }
    }

    /** If the accepted steps reach the level aimed at, puts the trajectory there. */
    private void land() {
        double level = target == problem.toSigma() && !toZero ? endTau : StrictMath.log(target);
        // Nothing of the start is final before its repair.
        if (done() || front > level || starting || question == Question.START || nodes.count() < 2) {
            return;
        }
        double[] z = trajectory.z();
        if (level < nodes.tau(0)) {
            lastStep.read(nodes, level, z);
        } else if (level == nodes.tau(0)) {
            System.arraycopy(nodes.states, nodes.at(0), z, 0, dimension);
        } else {
            int above = 1;
            while (above < nodes.count() - 1 && nodes.tau(above) < level) {
                above++;
            }
            double length = nodes.tau(above) - level;
            quadrature.integrate(nodes.tau(above), length, v, lastDegree, lookback);
            Kernels.setScaled(z, 0, StrictMath.exp(-length), nodes.states, nodes.at(above), dimension);
            for (int j = 0; j <= lastDegree; j++) {
                Kernels.addScaled(z, 0, lookback[j], divided, j * dimension, dimension);
            }
        }
        trajectory.land(target);
        if (target == problem.toSigma()) {
            // After a coarse finish the path's nodes are too unequal to tell; the sum of the residuals is never far too
            // small.
            double error = finishingError;
            if (!finishing) {
                System.arraycopy(nodes.states, nodes.at(0), state, 0, dimension);
                error = path.endError(quadrature, startState, state);
            }
            // From the last node to 0 the flow carries errors on as they are.
            double last = toZero ? lastStep.error() : 0;
            double noise = NOISE_SHARE * floor.largest();
            double all = Math.sqrt(error * error + last * last + noise * noise);
            trajectory.estimate(problem, all, settings.tolerance(), !finishing);
        }
    }
}
