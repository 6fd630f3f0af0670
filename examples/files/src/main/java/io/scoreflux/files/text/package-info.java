/** Errors of invalid input and of failed runs, and the numbers and names in messages. */
@NullMarked
package io.scoreflux.files.text;

import org.jspecify.annotations.NullMarked;
