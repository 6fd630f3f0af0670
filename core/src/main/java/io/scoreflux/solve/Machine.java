package io.scoreflux.solve;

import io.scoreflux.state.Rows;
import org.jspecify.annotations.Nullable;

/**
 * A solver of one trajectory. It asks for denoiser values and receives them, and never calls a model itself.
 *
 * <p>The driver calls {@link #target} with the end of a part of the noise range. Until the machine is {@link #done}, it calls {@link #ask},
 * evaluates the denoiser at the rows, and passes the values to {@link #tell}. One ask is one round. A machine keeps its history from one target
 * to the next. Not thread-safe: any thread may drive it, but only one at a time.
 */
public interface Machine {

    /**
     * Sets the noise level at which the machine stops exactly. It is at most the present level; for an {@link Inversion}, at least the present
     * level.
     */
    void target(double sigma);

    /** Returns whether the trajectory has reached the target level or has failed. */
    boolean done();

    /**
     * Appends the rows of the next round. The driver calls it only if the machine is not done and has received the values of the previous
     * round.
     *
     * @param append the batch to which the rows are appended
     * @return the number of rows, at least 1
     */
    int ask(Rows append);

    /**
     * Receives the denoiser's values for the last ask, all of which are finite.
     *
     * @param asked the batch that contains the rows of the last ask
     * @param answers the values D, row-major; row i is the value at row i of the batch
     * @param firstRow the first row of this machine
     */
    void tell(Rows asked, double[] answers, int firstRow);

    /**
     * Receives the denoiser's values for the last ask if some of them are NaN or infinite. It is called instead of {@link #tell}.
     *
     * @param asked the batch that contains the rows of the last ask
     * @param answers the values D, row-major; row i is the value at row i of the batch
     * @param firstRow the first row of this machine
     * @return true if the machine continues or has failed the trajectory itself; false, the default, to fail the trajectory
     */
    default boolean tellNonFinite(Rows asked, double[] answers, int firstRow) {
        return false;
    }

    /**
     * Creates an empty group that this machine can join, for a solver whose steps are the same for all trajectories. Defaults to null: the machine
     * is driven alone. A machine that wraps another one must return null or a group of its own, because the group of the inner machine does
     * not accept the wrapper.
     */
    default @Nullable MachineGroup newGroup() {
        return null;
    }
}
