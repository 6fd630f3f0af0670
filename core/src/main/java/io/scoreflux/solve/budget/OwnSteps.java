package io.scoreflux.solve.budget;

import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.collocation.LagrangeQuadrature;
import io.scoreflux.internal.collocation.NoiseCoordinate;
import io.scoreflux.solve.SolverState;

/**
 * The steps of a trajectory that has left the table of levels. They use exactly the calls that are left.
 *
 * <p>Let z_k be the corrected state of degree k, and e_k = |z_k - z_{k-1}|. A step of degree k and length h (e / e_k)^{1 / (k + 1)} has the
 * error e, the typical error of a step of the pilot. Of the degrees next to the present one, the one with the longest step is next. The length
 * stays within a factor of that of equal steps in ln sigma. A step with too large an error is repeated with a shorter length, which costs a
 * call. D is not converted to the corrected state: the slopes of the pilot do not apply to this trajectory.
 */
final class OwnSteps {
    static final int MOST_DEGREE = 5;
    /** The largest factor by which a step may be longer or shorter than equal steps. */
    private static final double SPREAD = 2;
    /** The number of remaining calls at which half of the spread is permitted. With the last call, all lengths are equal. */
    private static final double MAKE_UP_CALLS = 4;
    /** A step is repeated if it would have the typical error at less than this share of its length. */
    private static final double REPEATED = 0.5;

    private static final double SHORTER = 0.7;
    /** The largest share of the calls for repeated steps. */
    private static final double REPEATED_SHARE = 0.2;
    /** The largest amplification of errors of D by extrapolation: the sum of the absolute weights over the sum of the weights. */
    private static final double MOST_AMPLIFICATION = 8;

    private final StepTable table;
    private final BudgetState now;
    private final LagrangeQuadrature quadrature;
    private final double bottom;
    /** ln sigma of the levels in the ring. */
    private final double[] tau = new double[BudgetState.RING];

    private final double[] v = new double[MOST_DEGREE + 1];
    private final double[] ascending = new double[MOST_DEGREE + 1];
    /** Row k: the weights of D at the newest k + 1 levels over the step. */
    private final double[][] weights = rows();
    /** Rows for other weights. */
    private final double[][] other = rows();
    /** Index k, from 1 on: e_k. */
    private final double[] differences = new double[MOST_DEGREE + 1];

    private int degree;
    /** The degree of the last corrected state. */
    private int corrected;

    private int calls;
    private int repeated;
    /** ln sigma of the corrected state. */
    private double stateTau;
    /** ln sigma of the predicted state. */
    private double next;

    private boolean finished;

    /** Leaves the table at the present level, where D has been evaluated at the predicted state. */
    OwnSteps(StepTable table, BudgetState now) {
        this.table = table;
        this.now = now;
        NoiseCoordinate coordinate = new NoiseCoordinate(table.radius);
        this.quadrature = new LagrangeQuadrature(coordinate);
        this.bottom = table.tau[table.steps];
        quadrature.between(table.tau[0], bottom);
        int level = now.level;
        for (int i = Math.max(0, level - BudgetState.RING + 1); i <= level; i++) {
            tau[i % BudgetState.RING] = table.tau[i];
        }
        calls = level;
        stateTau = table.tau[level - 1];
        next = table.tau[level];
    }

    private static double[][] rows() {
        double[][] rows = new double[MOST_DEGREE + 1][];
        for (int k = 0; k <= MOST_DEGREE; k++) {
            rows[k] = new double[k + 1];
        }
        return rows;
    }

    /** Returns the level of the next evaluation. */
    double sigma() {
        return StrictMath.exp(next);
    }

    private double tau(int i) {
        return tau[i % BudgetState.RING];
    }

    /** Uses the last value of D: corrects the state or repeats the step, and predicts the state at the next level. */
    void step(SolverState trajectory) {
        int level = now.level;
        calls++;
        int left = table.steps - calls;
        tau[level % BudgetState.RING] = next;
        double h = stateTau - next;
        int most = Math.min(level, MOST_DEGREE);
        compare(h, most);
        // The first step of a trajectory that leaves the table has no degree yet.
        degree = degree == 0 ? least(most) : Math.min(degree, most);
        double factor = factor(degree);
        if (factor < REPEATED && left >= MAKE_UP_CALLS && repeated < REPEATED_SHARE * table.steps) {
            repeated++;
            trajectory.stepRejected();
            double equal = (stateTau - bottom) / (left + 1);
            predict(level - 1, Math.min(SHORTER * h, Math.max(factor * h, equal / SPREAD)));
            return;
        }
        correct(level, h);
        trajectory.stepAccepted(degree);
        double length = length(h, most, left);
        predict(level, length);
        now.level++;
        if (left == 0) {
            next = bottom;
            finished = true;
        }
    }

    /** Computes the weights over the step of length {@code h} and the differences of all degrees up to {@code most}. */
    private void compare(double h, int most) {
        for (int k = 0; k <= most; k++) {
            weights(stateTau, h, now.level, weights[k]);
        }
        for (int k = 1; k <= most; k++) {
            differences[k] = difference(k);
        }
        // A difference can be small only because a component changes sign.
        for (int k = 2; k < most; k++) {
            differences[k] = Math.max(differences[k], Math.min(differences[k - 1], differences[k + 1]));
        }
    }

    /** Returns |z_k - z_{k-1}|. */
    private double difference(int k) {
        double square = 0;
        for (int i = 0; i < now.dimension; i++) {
            double sum = weights[k][k] * now.answers[now.at(now.level - k) + i];
            for (int j = 0; j < k; j++) {
                sum += (weights[k][j] - weights[k - 1][j]) * now.answers[now.at(now.level - j) + i];
            }
            square += sum * sum;
        }
        return Math.sqrt(square);
    }

    private int least(int most) {
        int best = 1;
        for (int k = 2; k <= most; k++) {
            if (differences[k] < differences[best]) {
                best = k;
            }
        }
        return best;
    }

    /** Returns the ratio of the length at which a step of degree k would have the typical error to its present length. */
    private double factor(int k) {
        double allowed = table.typical * StepTable.scale(sigma(), table.radius);
        return differences[k] > 0 ? Kernels.power(allowed / differences[k], 1.0 / (k + 1)) : Double.POSITIVE_INFINITY;
    }

    private void correct(int level, double h) {
        double[] before = new double[0];
        double keepBefore = 0;
        if (level > 1) {
            before = other[degree];
            double length = tau(level - 2) - stateTau;
            weights(tau(level - 2), length, level, before);
            keepBefore = StrictMath.exp(-length);
        }
        now.advance(keepBefore, before, StrictMath.exp(-h), weights[degree], level);
        stateTau = next;
        corrected = degree;
    }

    /** Chooses the degree of the next step and returns its length. */
    private double length(double h, int most, int left) {
        double best = 0;
        int bestDegree = degree;
        for (int k = Math.max(1, degree - 1); k <= Math.min(most, degree + 1); k++) {
            double factor = factor(k);
            if (factor > best) {
                best = factor;
                bestDegree = k;
            }
        }
        degree = bestDegree;
        double equal = (stateTau - bottom) / (left + 1);
        double spread = 1 + (SPREAD - 1) * left / (left + MAKE_UP_CALLS);
        return Math.min(spread * equal, Math.max(best * h, equal / spread));
    }

    /** Predicts the state at a distance h below the corrected one, with as many values of D up to {@code newest} as the degree. */
    private void predict(int newest, double h) {
        double keep = StrictMath.exp(-h);
        double[] predictor = other[degree - 1];
        weights(stateTau, h, newest, predictor);
        while (degree > 1 && absolute(predictor) > MOST_AMPLIFICATION * (1 - keep)) {
            degree--;
            predictor = other[degree - 1];
            weights(stateTau, h, newest, predictor);
        }
        now.combine(now.predicted, now.state, keep, predictor, newest);
        next = stateTau - h;
    }

    private static double absolute(double[] weights) {
        double sum = 0;
        for (double weight : weights) {
            sum += Math.abs(weight);
        }
        return sum;
    }

    /** Computes the weights, over the interval of length h below {@code top}, of D at the levels newest, newest - 1, ... */
    private void weights(double top, double h, int newest, double[] out) {
        int n = out.length;
        for (int j = 0; j < n; j++) {
            v[n - 1 - j] = quadrature.v(tau(newest - j));
        }
        quadrature.weights(top, h, v, 0, n, ascending);
        for (int j = 0; j < n; j++) {
            out[j] = ascending[n - 1 - j];
        }
    }

    /**
     * Writes the state at the lowest level that has been reached, but not below {@code target}. Between two levels, the state is read from the
     * polynomial of the step, so that stage boundaries change no bit of the result.
     */
    void reach(SolverState trajectory, double target) {
        double level = StrictMath.log(target);
        int newest = now.level - 1;
        double end = table.sigma[table.steps];
        if (trajectory.sigma() <= target) {
            return;
        }
        if (finished && target <= end) {
            copy(now.predicted, trajectory, end);
        } else if (level >= stateTau) {
            read(now.before, tau(newest - 1), newest, other[corrected], trajectory, target);
        } else if (finished) {
            read(now.state, stateTau, newest, other[degree - 1], trajectory, target);
        } else if (stateTau < StrictMath.log(trajectory.sigma())) {
            copy(now.state, trajectory, StrictMath.exp(stateTau));
        }
    }

    private void copy(double[] from, SolverState trajectory, double level) {
        System.arraycopy(from, 0, trajectory.z(), 0, now.dimension);
        trajectory.reached(level);
    }

    private void read(double[] from, double top, int newest, double[] row, SolverState trajectory, double target) {
        double h = top - StrictMath.log(target);
        weights(top, h, newest, row);
        now.combine(trajectory.z(), from, StrictMath.exp(-h), row, newest);
        trajectory.reached(target);
    }
}
