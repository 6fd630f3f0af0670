/** The command line. {@link io.scoreflux.cli.Main} is its entry point. */
@NullMarked
package io.scoreflux.cli;

import org.jspecify.annotations.NullMarked;
