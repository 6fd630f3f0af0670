package io.scoreflux.cli.format;

import java.util.OptionalDouble;

/**
 * A log-density as it is written.
 *
 * @param logDensity in nats
 * @param standardError empty where it is exact or unknown
 * @param bitsPerDimension of data on a grid
 */
public record Density(double logDensity, OptionalDouble standardError, double bitsPerDimension) {}
