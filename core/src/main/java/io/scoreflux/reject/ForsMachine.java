package io.scoreflux.reject;

import io.scoreflux.error.Failure;
import io.scoreflux.internal.reject.BernoulliFactory;
import io.scoreflux.internal.reject.RejectionException;
import io.scoreflux.solve.Machine;
import io.scoreflux.solve.SolverState;
import io.scoreflux.state.Rows;

/**
 * Draws the states of the reverse process at descending levels. A step evaluates D at the state, draws proposals, and evaluates D for
 * weights until the factory accepts a proposal.
 */
final class ForsMachine implements Machine {
    /** The eps below which levels differ only by rounding. Such steps contain no information on weights. */
    private static final double ROUNDING = 1e-7;

    private final SolverState trajectory;
    private final int dimension;
    private final BernoulliFactory factory;
    private final Slope slope;
    private final ChainSteps control;
    private final ReverseKernel kernel;
    private final double[] answer;
    private final double[] variances;
    private double target;
    private double next;
    /** The fraction of the variance that the last step removed, 0 before the first. */
    private double eps;

    private int seen;
    private long draws;
    /** The sum of the mean overflow of the first weights of all proposals. */
    private double overflow;

    /** Whether D at the state is known, so that the next evaluation is for a weight. */
    private boolean weighing;

    private double[] proposal;
    private double[] question;

    /** The bytes of objects and of arrays of fixed length, measured. */
    private static final int FIXED_BYTES = 5_500;

    /** Returns the memory in bytes. */
    static long bytes(int dimension, Slopes slopes) {
        return FIXED_BYTES + ReverseKernel.bytes(dimension) + (long) Double.BYTES * dimension + slopes.bytes(dimension);
    }

    ForsMachine(SolverState trajectory, BernoulliFactory factory, Slope slope, ChainSteps control) {
        this.trajectory = trajectory;
        this.dimension = trajectory.z().length;
        this.factory = factory;
        this.slope = slope;
        this.control = control;
        this.kernel = new ReverseKernel(dimension, slope);
        this.answer = new double[dimension];
        this.variances = new double[16];
        this.target = trajectory.sigma();
        this.proposal = trajectory.z();
        this.question = trajectory.z();
    }

    @Override
    public void target(double sigma) {
        target = sigma;
    }

    @Override
    public boolean done() {
        return trajectory.sigma() <= target;
    }

    @Override
    public int ask(Rows append) {
        if (weighing) {
            append.append(question, 0, next);
        } else {
            append.append(trajectory.z(), 0, trajectory.sigma());
        }
        return 1;
    }

    @Override
    public void tell(Rows asked, double[] answers, int firstRow) {
        int at = firstRow * dimension;
        try {
            if (weighing) {
                weigh(answers, at);
            } else {
                System.arraycopy(answers, at, answer, 0, dimension);
                start();
            }
        } catch (RejectionException e) {
            trajectory.fail(Failure.at(Failure.Kind.REJECTION, trajectory.sigma(), e.violation(), e));
        }
        trajectory.rejectionSampling(draws, factory.proposals(), factory.flips(), factory.overflows(), clipping());
    }

    /**
     * Returns the contribution of this chain to the clipping bound. The first weight of a proposal is normal given the point of its path,
     * with mean 0 and a known variance, and it exists with probability {@code 1 - e^-2B}. Only half of the overflow counts: the positive part
     * of the difference of the two densities contains the weights beyond one side alone, and both sides have the same mean, as W is symmetric
     * under q. {@code docs/rejection.md} has the proof. {@link BernoulliFactory#clipping} assumes no symmetry, so it needs both sides.
     */
    private double clipping() {
        return overflow / (2 * -StrictMath.expm1(-2 * factory.bound())) + factory.products();
    }

    private void start() {
        double[] z = trajectory.z();
        double sigma = trajectory.sigma();
        if (eps > ROUNDING) {
            // The state was a proposal of the last step, so D here is one more sample of the residual of that step.
            control.see(kernel.weightVariance(z, answer, 0), eps);
        }
        slope.at(z, sigma, answer);
        next = control.next(sigma, target);
        eps = (1 - next / sigma) * (1 + next / sigma);
        kernel.start(z, sigma, next, answer);
        factory.begin();
        weighing = true;
        propose();
    }

    /** Draws proposals until one needs a weight, or is accepted without one. */
    private void propose() {
        proposal = kernel.propose(trajectory.noise());
        if (factory.propose(trajectory.noise())) {
            accept();
        } else {
            question = kernel.path(trajectory.noise());
        }
    }

    private void weigh(double[] answers, int at) {
        double weight = kernel.weight(answers, at);
        double variance = kernel.weightVariance(question, answers, at);
        if (factory.isFirst()) {
            overflow += Math.min(BernoulliFactory.MOST, Overflow.mean(Math.sqrt(variance), factory.bound()));
        }
        BernoulliFactory.Outcome outcome = factory.flip(weight, trajectory.noise());
        // This is for the next step. A step that depended on its own accepted draw would be biased.
        if (seen < variances.length) {
            variances[seen++] = variance;
        }
        slope.point(question, answers, at);
        switch (outcome) {
            case MORE -> question = kernel.path(trajectory.noise());
            case REJECTED -> {
                trajectory.stepRejected();
                propose();
            }
            case ACCEPTED -> accept();
        }
    }

    private void accept() {
        System.arraycopy(proposal, 0, trajectory.z(), 0, dimension);
        for (int i = 0; i < seen && eps > ROUNDING; i++) {
            control.see(variances[i], eps);
        }
        seen = 0;
        draws++;
        weighing = false;
        trajectory.stepAccepted(0);
        trajectory.reached(next);
    }
}
