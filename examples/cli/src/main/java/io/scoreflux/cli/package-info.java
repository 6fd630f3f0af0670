/** The command line: {@link io.scoreflux.cli.Main} samples, decodes and evaluates. */
@NullMarked
package io.scoreflux.cli;

import org.jspecify.annotations.NullMarked;
