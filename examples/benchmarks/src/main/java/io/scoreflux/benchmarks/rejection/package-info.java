/** What rejection sampling costs and how exact it is: laws by quadrature in one dimension, and figures of runs. */
@NullMarked
package io.scoreflux.benchmarks.rejection;

import org.jspecify.annotations.NullMarked;
