/** Distances between two sets of samples, each with a standard error. */
@NullMarked
package io.scoreflux.evaluation.metrics;

import org.jspecify.annotations.NullMarked;
