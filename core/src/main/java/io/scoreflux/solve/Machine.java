package io.scoreflux.solve;

import io.scoreflux.state.Rows;

/**
 * A solver at work on one trajectory: it asks for denoiser values and is told them, and never calls a model itself.
 *
 * <p>The driver's loop is: {@link #target} at the end of a sub-interval; while not {@link #done}, {@link #ask}, get the rows
 * answered, {@link #tell}. One ask is one round. A machine keeps its history from one sub-interval to the next. Not
 * thread-safe; any thread may drive it, one at a time.
 */
public interface Machine {

    /** Sets the noise level to land on exactly; at most the present one. */
    void target(double sigma);

    /** Whether the trajectory is at the level aimed at, or has failed. */
    boolean done();

    /**
     * Appends the rows of the next round; only when not done and nothing asked is unanswered.
     *
     * @return how many rows, at least 1
     */
    int ask(Rows append);

    /**
     * Takes the answers to the last ask, all finite.
     *
     * @param asked the batch that holds the rows asked
     * @param answers D row-major, by the same row numbers
     * @param firstRow the first of this machine's rows
     */
    void tell(Rows asked, double[] answers, int firstRow);

    /**
     * Takes answers to the last ask, some of which are NaN or infinite; called instead of {@link #tell}.
     *
     * @return true if the machine continues, or has failed the trajectory itself. False, the default, fails the trajectory
     */
    default boolean tellNonFinite(Rows asked, double[] answers, int firstRow) {
        return false;
    }
}
