/** Islands of particles against posteriors of mixtures in closed form. */
@NullMarked
package io.scoreflux.benchmarks.posterior;

import org.jspecify.annotations.NullMarked;
