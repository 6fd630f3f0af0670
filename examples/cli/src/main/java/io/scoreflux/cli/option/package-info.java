/** Options that several commands share, their rules, and the solvers and workers that they name. */
@NullMarked
package io.scoreflux.cli.option;

import org.jspecify.annotations.NullMarked;
