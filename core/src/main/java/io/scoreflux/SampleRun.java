package io.scoreflux;

import io.scoreflux.internal.stream.OrderedRun;
import io.scoreflux.solve.SolverRun;
import org.jspecify.annotations.Nullable;

/**
 * The run of a sample.
 *
 * @param place the position in the order of delivery
 * @param request the request for the sample, or null
 */
record SampleRun(SolverRun run, long place, @Nullable Request request) implements OrderedRun {}
