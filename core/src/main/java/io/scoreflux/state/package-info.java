/** Rows of doubles that travel between solvers and denoisers, and the failures that a sample can meet. */
@NullMarked
package io.scoreflux.state;

import org.jspecify.annotations.NullMarked;
