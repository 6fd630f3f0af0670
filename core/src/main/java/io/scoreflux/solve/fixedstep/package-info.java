/** The common fixed-step solvers, each as a table of coefficients for one machine. */
@NullMarked
package io.scoreflux.solve.fixedstep;

import org.jspecify.annotations.NullMarked;
