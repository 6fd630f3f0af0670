package io.scoreflux.solve;

import io.scoreflux.state.Rows;

/**
 * Machines that take the same steps, with the numbers of their trajectories in common arrays. One loop over such an array advances all
 * trajectories, which is faster than a loop over machines if the dimension is small. The trajectories have the same bits as alone.
 *
 * <p>The machines of a group must not be used until {@link #release}. Not thread-safe: any thread may drive a group, but only one at a time.
 */
public interface MachineGroup {

    /**
     * Adds a machine. It must not wait for values and must not be done, and neither must the group.
     *
     * @return false if the machine takes other steps than the group; the group is then unchanged
     */
    boolean add(Machine machine);

    /** Appends one row for each machine, in the order in which they were added. */
    void ask(Rows append);

    /**
     * Receives the denoiser's values for the last ask, all of which are finite.
     *
     * @param asked the batch that contains the rows of the last ask
     * @param answers the values D, row-major; row i is the value at row i of the batch
     * @param firstRow the row of the first machine
     */
    void tell(Rows asked, double[] answers, int firstRow);

    /** Returns whether the trajectories have reached the target level. */
    boolean done();

    /**
     * Moves the trajectories back to their machines and leaves the group empty. If the group waits for values, each machine waits for its
     * row.
     */
    void release();
}
