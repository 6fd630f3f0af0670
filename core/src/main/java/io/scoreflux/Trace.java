package io.scoreflux;

import io.scoreflux.solve.TracePoint;
import java.util.List;

/**
 * A sample with its trace.
 *
 * @param sample the sample
 * @param points the points of the trajectory, from its start to its end; fewer if the sample failed
 */
public record Trace(Sample sample, List<TracePoint> points) {}
