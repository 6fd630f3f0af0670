/** The command line: {@link io.scoreflux.cli.Main} samples, decodes, evaluates and compares. */
@NullMarked
package io.scoreflux.cli;

import org.jspecify.annotations.NullMarked;
