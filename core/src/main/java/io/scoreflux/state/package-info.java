/** Batches of rows that solvers pass to denoisers, and the conditions of samples. */
@NullMarked
package io.scoreflux.state;

import org.jspecify.annotations.NullMarked;
