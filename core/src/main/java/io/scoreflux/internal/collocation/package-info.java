/** Nodes, interpolation, exponential quadrature, and the coordinate of the noise range. Not API. */
@NullMarked
package io.scoreflux.internal.collocation;

import org.jspecify.annotations.NullMarked;
