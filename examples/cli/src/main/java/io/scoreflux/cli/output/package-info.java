/** Destinations of results: files, standard output and the terminal. */
@NullMarked
package io.scoreflux.cli.output;

import org.jspecify.annotations.NullMarked;
