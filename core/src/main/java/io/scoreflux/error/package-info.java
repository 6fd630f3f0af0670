/** Errors as data: what was refused, by which rule, and what to do, as fields and as one sentence. */
@NullMarked
package io.scoreflux.error;

import org.jspecify.annotations.NullMarked;
