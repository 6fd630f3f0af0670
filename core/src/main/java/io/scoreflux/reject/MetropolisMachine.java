package io.scoreflux.reject;

import io.scoreflux.error.Failure;
import io.scoreflux.internal.Kernels;
import io.scoreflux.internal.reject.BernoulliFactory;
import io.scoreflux.internal.reject.RejectionException;
import io.scoreflux.noise.NormalStream;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.SolverState;
import io.scoreflux.state.Rows;

/** Makes moves at one level. It evaluates D at the first state, then for each move at the end of the move, and along it as the form requires. */
final class MetropolisMachine implements Machine {
    private final SolverState trajectory;
    private final NormalStream random;
    private final Metropolis settings;
    private final int dimension;
    private final double variance;
    private final double rho;
    private final BernoulliFactory factory;
    private final double[] score;
    private final double[] end;
    private final double[] scoreAtEnd;
    private final double[] move;
    private final double[] point;
    private final double[] scratch;
    private int moved;
    private long accepted;
    private boolean scored;
    private boolean endScored;
    /** The terms of the logarithm of the ratio other than the integral along the move. */
    private double trapezoid;

    private boolean forwards;

    /** Returns the memory of the arrays that grow with the dimension. */
    static long bytes(int dimension) {
        return (long) Double.BYTES * 6 * dimension;
    }

    MetropolisMachine(SolverState trajectory, Metropolis settings) {
        this.trajectory = trajectory;
        this.random = trajectory.noise();
        this.settings = settings;
        this.dimension = trajectory.z().length;
        this.variance = trajectory.sigma() * trajectory.sigma();
        this.rho = settings.step() * variance;
        this.factory = new BernoulliFactory(settings.bound());
        this.score = new double[dimension];
        this.end = new double[dimension];
        this.scoreAtEnd = new double[dimension];
        this.move = new double[dimension];
        this.point = new double[dimension];
        this.scratch = new double[dimension];
    }

    @Override
    public void target(double sigma) {
        // All moves are at one level.
    }

    @Override
    public boolean done() {
        return moved == settings.moves();
    }

    @Override
    public int ask(Rows append) {
        double sigma = trajectory.sigma();
        if (!scored) {
            append.append(trajectory.z(), 0, sigma);
            return 1;
        }
        if (endScored) {
            append.append(point, 0, sigma);
            return 1;
        }
        append.append(end, 0, sigma);
        if (settings.form() == Metropolis.Form.BARKER) {
            return 1;
        }
        append.append(point, 0, sigma);
        return 2;
    }

    @Override
    public void tell(Rows asked, double[] answers, int firstRow) {
        int at = firstRow * dimension;
        try {
            if (!scored) {
                scoreOf(trajectory.z(), answers, at, score);
                scored = true;
                propose();
            } else if (endScored) {
                weigh(answers, at);
            } else {
                compare(answers, at);
            }
        } catch (RejectionException e) {
            trajectory.fail(Failure.at(Failure.Kind.REJECTION, trajectory.sigma(), e.violation(), e));
        }
        trajectory.rejectionSampling(accepted, moved, factory.flips(), factory.overflows(), factory.clipping());
    }

    private void scoreOf(double[] x, double[] answers, int at, double[] out) {
        for (int i = 0; i < dimension; i++) {
            out[i] = (answers[at + i] - x[i]) / variance;
        }
    }

    /** Draws a Langevin proposal, and computes its midpoint. */
    private void propose() {
        if (done()) {
            return;
        }
        random.fill(scratch, 0, dimension);
        double[] x = trajectory.z();
        double spread = Math.sqrt(rho);
        for (int i = 0; i < dimension; i++) {
            move[i] = 0.5 * rho * score[i] + spread * scratch[i];
            end[i] = x[i] + move[i];
            point[i] = x[i] + 0.5 * move[i];
        }
        endScored = false;
    }

    private void compare(double[] answers, int at) {
        scoreOf(end, answers, at, scoreAtEnd);
        double ofStart = Kernels.dot(score, 0, move, 0, dimension);
        double ofEnd = Kernels.dot(scoreAtEnd, 0, move, 0, dimension);
        double squares =
                Kernels.dot(scoreAtEnd, 0, scoreAtEnd, 0, dimension) - Kernels.dot(score, 0, score, 0, dimension);
        trapezoid = 0.5 * (ofStart + ofEnd) + rho / 8 * squares;
        if (settings.form() == Metropolis.Form.BARKER) {
            factory.begin();
            endScored = true;
            flip();
            return;
        }
        scoreOf(point, answers, at + dimension, scratch);
        double middle = Kernels.dot(scratch, 0, move, 0, dimension);
        double ratio = (ofStart + 4 * middle + ofEnd) / 6 - trapezoid;
        if (!Double.isFinite(ratio)) {
            throw RejectionException.notFinite(settings.bound(), ratio);
        }
        finish(StrictMath.log1p(-random.uniform()) < ratio);
    }

    /**
     * Begins a round of the exact form. A fair coin chooses one of two factories. If the chosen factory accepts, the first one accepts the
     * move and the second one rejects it.
     */
    private void flip() {
        forwards = random.uniform() < 0.5;
        if (factory.propose(random)) {
            finish(forwards);
        } else {
            along();
        }
    }

    private void along() {
        double u = random.uniform();
        double[] x = trajectory.z();
        for (int i = 0; i < dimension; i++) {
            point[i] = x[i] + u * move[i];
        }
    }

    private void weigh(double[] answers, int at) {
        scoreOf(point, answers, at, scratch);
        double half = 0.5 * (Kernels.dot(scratch, 0, move, 0, dimension) - trapezoid);
        switch (factory.flip(forwards ? half : -half, random)) {
            case MORE -> along();
            case REJECTED -> flip();
            case ACCEPTED -> finish(forwards);
        }
    }

    private void finish(boolean accept) {
        if (accept) {
            System.arraycopy(end, 0, trajectory.z(), 0, dimension);
            System.arraycopy(scoreAtEnd, 0, score, 0, dimension);
            accepted++;
        } else {
            trajectory.stepRejected();
        }
        moved++;
        trajectory.stepAccepted(0);
        propose();
    }
}
