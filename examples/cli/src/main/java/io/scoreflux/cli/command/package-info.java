/** The commands, and the computation and reports that they share. */
@NullMarked
package io.scoreflux.cli.command;

import org.jspecify.annotations.NullMarked;
