/** Pictures of samples. */
@NullMarked
package io.scoreflux.cli.plot;

import org.jspecify.annotations.NullMarked;
