/** Denoisers: the interfaces, exact models, guidance, observations, and moments of the data. */
@NullMarked
package io.scoreflux.model;

import org.jspecify.annotations.NullMarked;
