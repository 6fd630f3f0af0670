package io.scoreflux.evaluation.metrics;

import java.util.OptionalDouble;

/**
 * A distance with its standard error.
 *
 * @param value the distance between the two sets of samples
 * @param standardError standard error of the value as an estimate of the distance between the two distributions; empty if there are too few
 *     samples
 */
public record Estimate(double value, OptionalDouble standardError) {}
