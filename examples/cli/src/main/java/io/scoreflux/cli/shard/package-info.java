/** Samples of a range as part files in a directory, which several processes write without coordination. */
@NullMarked
package io.scoreflux.cli.shard;

import org.jspecify.annotations.NullMarked;
