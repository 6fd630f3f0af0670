/** What solvers cost for a true error: measured, and against the calls that interpolation of a known path needs. */
@NullMarked
package io.scoreflux.evaluation;

import org.jspecify.annotations.NullMarked;
