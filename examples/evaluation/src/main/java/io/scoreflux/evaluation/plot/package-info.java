/** Pictures of samples. */
@NullMarked
package io.scoreflux.evaluation.plot;

import org.jspecify.annotations.NullMarked;
