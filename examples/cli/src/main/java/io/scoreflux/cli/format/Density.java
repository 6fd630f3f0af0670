package io.scoreflux.cli.format;

import java.util.OptionalDouble;

/**
 * What is written of a log-density.
 *
 * @param logDensity in nats
 * @param standardError empty where it is exact or unknown
 * @param bitsPerDimension of data on a grid
 */
public record Density(double logDensity, OptionalDouble standardError, double bitsPerDimension) {}
