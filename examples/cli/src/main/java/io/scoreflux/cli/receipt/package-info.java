/** Receipts of samples: records of what produced them, from which they can be computed again. */
@NullMarked
package io.scoreflux.cli.receipt;

import org.jspecify.annotations.NullMarked;
