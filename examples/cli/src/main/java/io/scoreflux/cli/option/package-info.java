/** The options of the commands, their rules, and the solvers and workers that they select. */
@NullMarked
package io.scoreflux.cli.option;

import org.jspecify.annotations.NullMarked;
