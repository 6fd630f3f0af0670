/** Distances between two sets of samples, each with a standard error. */
@NullMarked
package io.scoreflux.cli.metrics;

import org.jspecify.annotations.NullMarked;
