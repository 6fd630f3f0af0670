package io.scoreflux;

import io.scoreflux.solve.TracePoint;
import java.util.List;

/**
 * A sample with the way it came.
 *
 * @param sample the sample
 * @param points where it passed, from its start to its end; fewer if it failed
 */
public record Trace(Sample sample, List<TracePoint> points) {}
