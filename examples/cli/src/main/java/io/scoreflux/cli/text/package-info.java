/** Errors of the program, and the numbers and names in its messages. */
@NullMarked
package io.scoreflux.cli.text;

import org.jspecify.annotations.NullMarked;
