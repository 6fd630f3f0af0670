/** The fixed-step solvers that every user knows, each as a table of coefficients for one machine: baselines and choices. */
@NullMarked
package io.scoreflux.solve.fixedstep;

import org.jspecify.annotations.NullMarked;
