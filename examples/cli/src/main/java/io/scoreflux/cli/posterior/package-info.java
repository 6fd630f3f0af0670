/** Log-concave targets of the command line, and summaries of their draws. */
@NullMarked
package io.scoreflux.cli.posterior;

import org.jspecify.annotations.NullMarked;
