package io.scoreflux.solve;

import io.scoreflux.state.Rows;

/**
 * Machines that take the same steps, with the numbers of their trajectories in common arrays. One loop over such an array advances all
 * trajectories, which is faster than a loop over machines if the dimension is small. The trajectories have the same bits as alone.
 *
 * <p>Between {@link #add} and {@link #release}, the machines must not be used, and their {@link SolverState} does not change. If a row has no
 * finite value, the engine releases the group. It then passes finite values to {@link Machine#tell} of each machine, and other values to
 * {@link Machine#tellNonFinite}. After a release, the engine may use the group for other machines, at another step and with another target. Not
 * thread-safe: any thread may drive a group, but only one at a time.
 */
public interface MachineGroup {

    /**
     * Adds a machine before the first ask. The machine must neither wait for values nor be done.
     *
     * @return false if the machine is at another step, has another target, or belongs to another solver. If the method returns false or throws, the
     *     group is unchanged
     */
    boolean add(Machine machine);

    /** Appends one row for each machine, in the order in which they were added, all at the same noise level. */
    void ask(Rows append);

    /**
     * Receives the denoiser's values for the last ask, all of which are finite. If it throws an exception, the samples of all machines fail.
     *
     * @param asked the batch that contains the rows of the last ask
     * @param answers the values D, row-major; row i is the value at row i of the batch
     * @param firstRow the row of the first machine
     */
    void tell(Rows asked, double[] answers, int firstRow);

    /** Returns whether the trajectories have reached the target level. */
    boolean done();

    /**
     * Moves the trajectories back to their machines, reports the steps to their states, and leaves the group empty. If the group waits for
     * values, each machine waits for its row.
     */
    void release();
}
