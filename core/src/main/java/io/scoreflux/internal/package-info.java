/** Argument checks, arithmetic on rows, and formats of numbers in messages. Not API. */
@NullMarked
package io.scoreflux.internal;

import org.jspecify.annotations.NullMarked;
