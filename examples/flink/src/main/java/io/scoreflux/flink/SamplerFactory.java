package io.scoreflux.flink;

import io.scoreflux.Sampler;
import java.io.Serializable;

/**
 * Opens a sampler on a task manager. Flink serializes the factory with the job, so it holds settings, and {@link #open()} creates the model.
 *
 * <p>The subtasks of a source or of a function that run in one process share one sampler: the first one opens it, the last one closes it. So
 * there is one model for each task manager and not for each subtask. All task managers must open samplers with the same samples: the same
 * model, solver, noise range and seed.
 */
@FunctionalInterface
public interface SamplerFactory extends Serializable {
    /**
     * Opens the sampler. Several threads use it concurrently. If its plan needs a pilot, each process runs it; a saved
     * {@link io.scoreflux.Plan} avoids that.
     *
     * @throws Exception if the sampler cannot be opened; the task fails with this cause. A
     *     {@link org.apache.flink.runtime.execution.SuppressRestartsException} fails the job without a restart
     */
    Sampler open() throws Exception;

    /**
     * Releases what {@link #open()} has created and the sampler does not own, such as a model or threads. Called once after each
     * {@code open()} that returned. Calls on the threads of the subtasks have ended by then. Calls on other threads, those of a gateway or of
     * rails, may not have.
     */
    default void close() {}
}
