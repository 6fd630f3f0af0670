package io.scoreflux.files.format;

import java.util.OptionalDouble;

/**
 * The density of one sample in the output.
 *
 * @param logDensity in nats
 * @param standardError empty if the density is exact or the error is unknown
 * @param bitsPerDimension bits per dimension of data on a grid
 */
public record Density(double logDensity, OptionalDouble standardError, double bitsPerDimension) {}
