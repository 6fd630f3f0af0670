/** Log-concave targets of the command line, and what is said of their draws. */
@NullMarked
package io.scoreflux.cli.posterior;

import org.jspecify.annotations.NullMarked;
