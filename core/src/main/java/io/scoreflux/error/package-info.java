/** Errors as data: the invalid setting, the violated rule and the remedies, as fields and as one message. */
@NullMarked
package io.scoreflux.error;

import org.jspecify.annotations.NullMarked;
