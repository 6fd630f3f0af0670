/** Nodes, polynomials through them, and exponential quadrature: pure mathematics, no model and no stream. */
@NullMarked
package io.scoreflux.collocation;

import org.jspecify.annotations.NullMarked;
