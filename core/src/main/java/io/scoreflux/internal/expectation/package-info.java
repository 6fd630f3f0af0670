/**
 * The statistics of certified expectations, without streams: moments, confidence sequences, the stopping rule, control variates, levels and
 * scrambled points. Each class is driven from outside, one sample at a time.
 */
@NullMarked
package io.scoreflux.internal.expectation;

import org.jspecify.annotations.NullMarked;
