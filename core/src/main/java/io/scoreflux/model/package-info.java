/** Denoisers: the interface, networks in any parametrization, exact models, and what is known of the data's moments. */
@NullMarked
package io.scoreflux.model;

import org.jspecify.annotations.NullMarked;
