/** Samples in the columnar formats Parquet and Arrow. {@link io.scoreflux.files.format.Format} finds them on the class path. */
@NullMarked
package io.scoreflux.columnar;

import org.jspecify.annotations.NullMarked;
