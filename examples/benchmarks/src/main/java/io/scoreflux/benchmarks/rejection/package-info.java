/** Benchmarks of the cost and the accuracy of rejection sampling: distributions by quadrature in one dimension, and statistics of runs. */
@NullMarked
package io.scoreflux.benchmarks.rejection;

import org.jspecify.annotations.NullMarked;
