package io.scoreflux.solve;

import io.scoreflux.error.Failure;
import io.scoreflux.error.InvalidConfigurationException;
import io.scoreflux.error.Violation;
import io.scoreflux.internal.Require;
import io.scoreflux.noise.NoiseSource;
import io.scoreflux.noise.NormalStream;
import io.scoreflux.noise.Purpose;
import io.scoreflux.state.Rows;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A check of the contract of {@link Solver}, {@link PreparedSolver} and {@link Machine}. It solves a Gaussian, whose trajectories and
 * distribution are known exactly, and uses denoisers whose values are not finite or change by many jumps. A broken rule causes an
 * {@link AssertionError}.
 *
 * <p>It needs no test framework: call {@code SolverContract.of(new MySolver()).check()} in any test. Neither immutable nor thread-safe.
 */
public final class SolverContract {
    private static final double FROM = 20;
    private static final double TO = 0.01;
    private static final double[] MEAN = {0.3, -0.2};
    private static final double[] VARIANCE = {0.9, 0.1};
    private static final Problem PROBLEM = new Problem(2, FROM, TO, 1);

    private static final int PATHS = 8;
    private static final int DRAWS = 1_000;
    /** The number of standard errors by which a mean or a standard deviation may be off by chance, with a probability of 6e-7 each. */
    private static final double CHANCE = 5;

    /** The number of jumps of the rough denoiser per unit of length. At this density a solver cannot resolve a slope. */
    private static final double JUMPS = 1_000;

    private static final int[] STAGES = {2, 5};

    private final Solver solver;
    private double accuracy = 0.1;
    private int maxRounds = 200_000;

    private SolverContract(Solver solver) {
        this.solver = solver;
    }

    /** A denoiser that returns one component of the value for one row. */
    @FunctionalInterface
    private interface Answer {
        double of(double[] z, int at, int k, double sigma);
    }

    /** Creates the contract of a solver, whose settings must be able to solve a Gaussian. */
    public static SolverContract of(Solver solver) {
        return new SolverContract(solver);
    }

    /**
     * Sets how accurately the solver must solve the Gaussian, relative to its radius; greater than 0. Defaults to 0.1. The root mean square
     * error of the ends must be at most this value. If the solver draws random numbers, the errors of the mean and of the standard deviation of
     * the ends must be at most this value plus the error that chance allows.
     *
     * @throws IllegalArgumentException if the value is not finite and greater than 0
     */
    public SolverContract accuracy(double value) {
        this.accuracy = Require.positive("accuracy", value);
        return this;
    }

    /**
     * Sets the maximum number of rounds of a trajectory, for any values of the denoiser; at least 1. Defaults to 200,000.
     *
     * @throws IllegalArgumentException if the value is below 1
     */
    public SolverContract maxRounds(int value) {
        this.maxRounds = Require.atLeast("maxRounds", value, 1);
        return this;
    }

    /**
     * Runs all checks.
     *
     * @throws AssertionError if the solver breaks a rule; the message states the rule
     */
    public void check() {
        ends();
        tolerance();
        Solver placed = placement();
        PreparedSolver prepared = placed.prepare(PROBLEM);
        levels(prepared);
        List<double[]> ends = new ArrayList<>();
        for (int k = 0; k < (solver.drawsNoise() ? DRAWS : PATHS); k++) {
            SolverRun whole = run(prepared, k, 1);
            certificate(whole, k);
            ends.add(whole.z());
        }
        accurate(ends, "in one stage");
        stages(prepared, ends);
        determinism(prepared, ends);
        nonFinite(prepared);
        rough(prepared);
    }

    private void ends() {
        if (!solver.reachesZero()) {
            refuses(
                    () -> solver.requireEnd(0),
                    "reachesZero() is false, so requireEnd(0) must throw an IllegalStateException");
            return;
        }
        solver.requireEnd(0);
        Problem problem = PROBLEM.between(FROM, 0);
        Solver placed = solver.needsPilot() ? solver.placed(solver.place(problem, new PlainPilot(0))) : solver;
        PreparedSolver prepared = placed.prepare(problem);
        SolverRun trajectory = trajectory(prepared, 0);
        carry(trajectory, 0);
        require(trajectory.failure() == null, "fails before it reaches 0: " + trajectory.failure());
        require(trajectory.sigma() == 0, "reachesZero() is true, but the trajectory stops at " + trajectory.sigma());
    }

    private void tolerance() {
        if (solver.accuracy().isPresent()) {
            double other = solver.accuracy().getAsDouble() / 2 + 0.01;
            double taken = solver.withTolerance(other).accuracy().orElse(Double.NaN);
            require(taken == other, "withTolerance(" + other + ") has the accuracy " + taken);
        }
    }

    /** Returns the solver with its placement, which has been serialized and deserialized. */
    private Solver placement() {
        Placement foreign = new Placement("another solver", "another purpose", "", Map.of());
        refuses(
                () -> solver.placed(foreign),
                "must reject a placement of another solver with an IllegalStateException");
        if (!solver.needsPilot()) {
            return solver.placed(null);
        }
        refuses(() -> solver.placed(null), "must reject a missing placement with an IllegalStateException");
        refuses(() -> solver.prepare(PROBLEM), "prepare() must throw an IllegalStateException without a placement");
        Placement found = solver.place(PROBLEM, new PlainPilot(TO));
        Placement again = solver.place(PROBLEM, new PlainPilot(TO));
        require(found.equals(again), "place() returns " + found + " and then " + again + " for the same pilot");
        require(found.solver().equals(solver.name()), "its placement is for the solver " + found.solver());
        Solver placed = solver.placed(found);
        require(!placed.needsPilot(), "placed() returns a solver that needs a pilot");
        Solver restored = solver.placed(copy(found));
        double[] end = run(placed.prepare(PROBLEM), 0, 1).z();
        same(end, run(restored.prepare(PROBLEM), 0, 1).z(), "a deserialized placement gives other samples");
        return restored;
    }

    private void levels(PreparedSolver prepared) {
        double[] levels = prepared.stopLevels();
        require(prepared.rows() >= 1, "rows() must be at least 1, was " + prepared.rows());
        require(prepared.bytes() >= 0, "bytes() must be at least 0, was " + prepared.bytes());
        if (levels.length == 0) {
            return;
        }
        require(
                levels[0] == FROM && levels[levels.length - 1] == TO,
                "stopLevels() must go from " + FROM + " to " + TO + ", were " + Arrays.toString(levels));
        for (int i = 1; i < levels.length; i++) {
            require(levels[i] < levels[i - 1], "stopLevels() must descend, were " + Arrays.toString(levels));
        }
    }

    private void certificate(SolverRun trajectory, int index) {
        require(trajectory.failure() == null, "fails on a Gaussian: " + trajectory.failure());
        Certificate certificate = trajectory.certificate();
        if (solver.drawsNoise() || solver.accuracy().isEmpty()) {
            require(
                    certificate.status() == Certificate.Status.UNESTIMATED
                            && certificate.error().isEmpty(),
                    "has no accuracy() or draws noise, so its certificate must have no error, was " + certificate);
            return;
        }
        require(
                certificate.error().isPresent() && certificate.error().getAsDouble() >= 0,
                "has an accuracy(), so its certificate must have an error, was " + certificate);
        double error = error(trajectory.z(), index);
        double tolerance = solver.accuracy().getAsDouble();
        require(
                certificate.status() != Certificate.Status.CONVERGED
                        || error <= 100 * Math.max(tolerance, Math.ulp(FROM)),
                "reports that trajectory " + index + " converged to " + tolerance + ", but the error is " + error);
    }

    /** Compares the ends of trajectories with the exact ends, or the ends of random draws with their distribution. */
    private void accurate(List<double[]> ends, String how) {
        if (!solver.drawsNoise()) {
            double rms = rms(ends);
            require(rms <= accuracy, "has an rms error of " + rms + " " + how + ", must be at most " + accuracy);
            return;
        }
        for (int i = 0; i < MEAN.length; i++) {
            double mean = 0;
            double squares = 0;
            for (double[] end : ends) {
                mean += end[i] / ends.size();
            }
            for (double[] end : ends) {
                squares += (end[i] - mean) * (end[i] - mean) / (ends.size() - 1);
            }
            double exact = Math.sqrt(VARIANCE[i] + TO * TO);
            double off = Math.abs(mean - MEAN[i]);
            double deviation = Math.sqrt(squares);
            require(
                    off <= accuracy + CHANCE * exact / Math.sqrt(ends.size()),
                    "draws samples with the mean " + mean + " instead of " + MEAN[i] + " " + how);
            require(
                    Math.abs(deviation - exact) <= accuracy + CHANCE * exact / Math.sqrt(2.0 * ends.size()),
                    "draws samples with the standard deviation " + deviation + " instead of " + exact + " " + how);
        }
    }

    private static double rms(List<double[]> ends) {
        double squares = 0;
        for (int k = 0; k < ends.size(); k++) {
            double error = error(ends.get(k), k);
            squares += error * error;
        }
        return Math.sqrt(squares / ends.size());
    }

    private void stages(PreparedSolver prepared, List<double[]> whole) {
        for (int stages : STAGES) {
            List<double[]> ends = new ArrayList<>();
            for (int k = 0; k < whole.size(); k++) {
                ends.add(run(prepared, k, stages).z());
            }
            String how = "in " + stages + " stages";
            accurate(ends, how);
            require(
                    solver.drawsNoise() || rms(ends) <= 2 * rms(whole) + Math.ulp(FROM),
                    "has an error of " + rms(whole) + " in one stage, and of " + rms(ends) + " " + how);
        }
    }

    /** Checks that separate runs, runs that share batches, and runs whose rows follow other rows in the batch agree. */
    private void determinism(PreparedSolver prepared, List<double[]> ends) {
        same(ends.get(0), run(prepared, 0, 1).z(), "two runs of one trajectory differ");
        List<SolverRun> together = new ArrayList<>();
        for (int k = 0; k < 3; k++) {
            together.add(trajectory(prepared, k));
            together.get(k).target(TO);
        }
        Rows rows = new Rows(MEAN.length, 1);
        boolean busy = true;
        for (int round = 0; busy && round < maxRounds; round++) {
            busy = false;
            rows.clear();
            int[] first = new int[together.size()];
            for (int k = 0; k < first.length; k++) {
                first[k] = together.get(k).done() ? -1 : rows.count();
                if (first[k] >= 0) {
                    together.get(k).ask(rows);
                    busy = true;
                }
            }
            double[] answers = answers(rows, SolverContract::gaussian);
            for (int k = 0; k < first.length; k++) {
                if (first[k] >= 0) {
                    together.get(k).tell(rows, answers, first[k]);
                }
            }
        }
        for (int k = 0; k < together.size(); k++) {
            same(ends.get(k), together.get(k).z(), "trajectories differ if their rows share a batch");
        }
        groups(prepared, ends);
    }

    /** Checks that the trajectories of a group agree with trajectories alone, wherever the group ends, if there are groups. */
    private void groups(PreparedSolver prepared, List<double[]> ends) {
        RunGroup group = RunGroup.of(trajectory(prepared, 0));
        if (group == null) {
            return;
        }
        int rounds = (int) run(prepared, 0, 1).certificate().rounds();
        for (int last : new int[] {1, 2, 3, rounds}) {
            for (boolean waiting : new boolean[] {true, false}) {
                group(group, prepared, ends, Math.min(last, rounds), waiting, last == rounds);
            }
        }
    }

    /** Drives an empty group for some rounds, and releases it before or after the values of the last one. */
    private void group(
            RunGroup group, PreparedSolver prepared, List<double[]> ends, int rounds, boolean waiting, boolean all) {
        List<SolverRun> together = new ArrayList<>();
        for (int k = 0; k < 3; k++) {
            together.add(trajectory(prepared, k));
            together.get(k).target(TO);
        }
        for (SolverRun run : together) {
            require(group.add(run), "newGroup() must return a group that machines at the same step can join");
        }
        Rows rows = new Rows(MEAN.length, 1);
        for (int round = 1; round <= rounds; round++) {
            require(!group.done(), "a group must be done when its trajectories are");
            rows.clear();
            // The row of another trajectory comes first.
            rows.append(MEAN, 0, FROM);
            group.ask(rows);
            require(rows.count() == together.size() + 1, "a group must ask for one row of each of its trajectories");
            require(
                    rows.sigma(1) == rows.sigma(2) && rows.sigma(1) == rows.sigma(3),
                    "the rows of a group must be at the same noise level");
            double[] answers = answers(rows, SolverContract::gaussian);
            if (waiting && round == rounds) {
                group.release();
                for (int k = 0; k < together.size(); k++) {
                    together.get(k).tell(rows, answers, k + 1);
                }
            } else {
                group.tell(rows, answers, 1);
            }
        }
        if (!waiting) {
            require(!all || group.done(), "a group must be done when its trajectories are");
            group.release();
        }
        for (int k = 0; k < together.size(); k++) {
            SolverRun run = together.get(k);
            carry(run, TO);
            same(ends.get(k), run.z(), "trajectories differ in a group");
            require(run.sigma() == TO, "a trajectory of a group stops at " + run.sigma() + " instead of " + TO);
            require(
                    run.certificate().equals(run(prepared, k, 1).certificate()),
                    "the certificates of trajectories differ in a group");
        }
    }

    /** Checks that a trajectory fails or ends in a finite state, whichever round has a value that is not finite. */
    private void nonFinite(PreparedSolver prepared) {
        int rounds = (int) run(prepared, 0, 1).certificate().rounds();
        for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
            for (int broken : new int[] {0, 1, rounds / 2, rounds - 1}) {
                finite(drive(prepared, SolverContract::gaussian, broken, bad));
            }
            finite(drive(prepared, (z, at, k, sigma) -> bad, -1, bad));
        }
    }

    /** Checks that a trajectory ends although no polynomial fits the denoiser. */
    private void rough(PreparedSolver prepared) {
        finite(drive(prepared, (z, at, k, sigma) -> Math.floor(z[at + k] * JUMPS) % 2 == 0 ? 1 : -1, -1, 0));
    }

    private void finite(SolverRun trajectory) {
        if (trajectory.failure() == null) {
            for (double number : trajectory.z()) {
                require(Double.isFinite(number), "ends in the state " + Arrays.toString(trajectory.z()));
            }
        }
    }

    private SolverRun run(PreparedSolver prepared, int index, int stages) {
        SolverRun trajectory = trajectory(prepared, index);
        for (double level : stops(prepared.stopLevels(), stages)) {
            carry(trajectory, level);
            if (trajectory.failure() != null) {
                break;
            }
            require(
                    trajectory.sigma() == level,
                    "must stop at " + level + " exactly, stopped at " + trajectory.sigma());
        }
        return trajectory;
    }

    /** Returns the ends of stages, at levels where the solver can stop and of about equal length in ln sigma. */
    private static double[] stops(double[] levels, int stages) {
        double[] stops = new double[stages];
        for (int i = 0; i < stages; i++) {
            double ratio = StrictMath.exp(StrictMath.log(TO / FROM) * (i + 1) / stages);
            stops[i] = i == stages - 1 ? TO : FROM * ratio;
            if (levels.length > 0 && i < stages - 1) {
                stops[i] = levels[(i + 1) * (levels.length - 1) / stages];
            }
        }
        return stops;
    }

    private SolverRun trajectory(PreparedSolver prepared, int index) {
        return new SolverRun(index, start(index), FROM, noise(index), prepared);
    }

    private NormalStream noise(int index) {
        if (solver.drawsNoise() || solver.needsPilot()) {
            return new NoiseSource(1).normals(Purpose.STEP, index);
        }
        return (out, at, n) -> {
            throw new AssertionError(text("draws random numbers, but drawsNoise() is false"));
        };
    }

    private static double[] start(int index) {
        double[] z = new double[MEAN.length];
        new NoiseSource(1).normals(Purpose.START, index).fill(z, 0, z.length);
        for (int i = 0; i < z.length; i++) {
            z[i] = MEAN[i] + Math.sqrt(VARIANCE[i] + FROM * FROM) * z[i];
        }
        return z;
    }

    /** Drives a trajectory to a level with the values of the Gaussian. */
    private void carry(SolverRun trajectory, double level) {
        double before = trajectory.sigma();
        trajectory.target(before);
        require(trajectory.done(), "must be done if the target is the present level " + before);
        trajectory.target(level);
        drive(trajectory, level, SolverContract::gaussian, -1, 0);
    }

    /** Drives a trajectory with the values of another denoiser. If {@code brokenRound} is not -1, one value of that round is {@code bad}. */
    private SolverRun drive(PreparedSolver prepared, Answer answer, int brokenRound, double bad) {
        SolverRun trajectory = trajectory(prepared, 0);
        trajectory.target(TO);
        drive(trajectory, TO, answer, brokenRound, bad);
        return trajectory;
    }

    private void drive(SolverRun trajectory, double level, Answer answer, int brokenRound, double bad) {
        Rows rows = new Rows(MEAN.length, 1);
        double top = trajectory.sigma();
        long before = trajectory.calls();
        long asked = 0;
        for (int round = 0; !trajectory.done(); round++) {
            require(round < maxRounds, "takes more than " + maxRounds + " rounds; limit its calls");
            rows.clear();
            int count = trajectory.ask(rows);
            asked += count;
            require(count >= 1 && count == rows.count(), "asks " + count + " rows, and appends " + rows.count());
            for (int row = 0; row < count; row++) {
                double sigma = rows.sigma(row);
                require(
                        sigma > 0 && sigma >= Math.min(level, TO) && sigma <= Math.max(top, FROM),
                        "asks at the noise level " + sigma + ", outside of its range");
                for (int k = 0; k < MEAN.length; k++) {
                    require(Double.isFinite(rows.values()[rows.offset(row) + k]), "asks a state that is not finite");
                }
            }
            double[] answers = answers(rows, answer);
            if (round == brokenRound) {
                answers[0] = bad;
            }
            if (Arrays.stream(answers).allMatch(Double::isFinite)) {
                trajectory.tell(rows, answers, 0);
            } else if (!trajectory.tellNonFinite(rows, answers, 0)) {
                Violation violation = Violation.of("the answer", "must be finite", "infinite or NaN");
                trajectory.fail(Failure.at(Failure.Kind.NON_FINITE_ANSWER, trajectory.sigma(), violation, null));
            }
        }
        require(trajectory.calls() - before == asked, "asks " + asked + " rows, but calls() counts another number");
    }

    private static double[] answers(Rows rows, Answer answer) {
        double[] answers = new double[rows.count() * MEAN.length];
        for (int row = 0; row < rows.count(); row++) {
            for (int k = 0; k < MEAN.length; k++) {
                answers[row * MEAN.length + k] = answer.of(rows.values(), rows.offset(row), k, rows.sigma(row));
            }
        }
        return answers;
    }

    private static double gaussian(double[] z, int at, int k, double sigma) {
        return MEAN[k] + VARIANCE[k] / (VARIANCE[k] + sigma * sigma) * (z[at + k] - MEAN[k]);
    }

    /** Returns the distance of an end from the end of the exact flow, relative to the radius 1. */
    private static double error(double[] end, int index) {
        double[] start = start(index);
        double squares = 0;
        for (int i = 0; i < MEAN.length; i++) {
            double shrink = Math.sqrt((VARIANCE[i] + TO * TO) / (VARIANCE[i] + FROM * FROM));
            double off = end[i] - (MEAN[i] + shrink * (start[i] - MEAN[i]));
            squares += off * off;
        }
        return Math.sqrt(squares);
    }

    private static Placement copy(Placement placement) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
                out.writeObject(placement);
            }
            try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
                return (Placement) in.readObject();
            }
        } catch (IOException | ClassNotFoundException e) {
            throw new AssertionError("a placement must be serializable", e);
        }
    }

    private void same(double[] expected, double[] found, String rule) {
        require(
                Arrays.equals(expected, found),
                rule + ": " + Arrays.toString(expected) + " and " + Arrays.toString(found));
    }

    private void refuses(Runnable action, String rule) {
        try {
            action.run();
        } catch (IllegalStateException e) {
            return;
        }
        throw new AssertionError(text(rule));
    }

    private void require(boolean kept, String rule) {
        if (!kept) {
            throw new AssertionError(text(rule));
        }
    }

    private String text(String rule) {
        return "solver " + solver.name() + ": " + rule;
    }

    /** Runs a pilot in plain loops. */
    private final class PlainPilot implements Pilot {
        private final double toSigma;
        private long calls;

        PlainPilot(double toSigma) {
            this.toSigma = toSigma;
        }

        @Override
        public List<Trajectory> run(PreparedSolver prepared, int rows) {
            List<Trajectory> ends = new ArrayList<>();
            for (int k = 0; k < rows; k++) {
                SolverRun run = trajectory(prepared, k);
                carry(run, toSigma);
                ends.add(run);
                Failure failure = run.failure();
                if (failure != null) {
                    throw new InvalidConfigurationException(
                            "the pilot", "must finish, because it determines the noise levels", failure.message());
                }
                calls += run.calls();
            }
            return ends;
        }

        @Override
        public long calls() {
            return calls;
        }
    }
}
