/** Regressions as log-concave targets, and summaries of draws. */
@NullMarked
package io.scoreflux.files.posterior;

import org.jspecify.annotations.NullMarked;
