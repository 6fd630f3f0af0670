/** Coverage, cost and gains of certified expectations, on mixtures whose expectations are known exactly. */
@NullMarked
package io.scoreflux.benchmarks.expectation;

import org.jspecify.annotations.NullMarked;
