package io.scoreflux.evaluation.metrics;

import java.util.OptionalDouble;

/**
 * A distance and how far it may be off by chance.
 *
 * @param value the distance between the two sets of samples
 * @param standardError of the value as an estimate of the distance between the two distributions; empty if there are too few samples
 */
public record Estimate(double value, OptionalDouble standardError) {}
