/** Argument checks, arithmetic on rows, and numbers and texts of servers in messages. Not API. */
@NullMarked
package io.scoreflux.internal;

import org.jspecify.annotations.NullMarked;
