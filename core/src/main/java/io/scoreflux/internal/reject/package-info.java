/** The Bernoulli factory of first-order rejection sampling. Not API. */
@NullMarked
package io.scoreflux.internal.reject;

import org.jspecify.annotations.NullMarked;
