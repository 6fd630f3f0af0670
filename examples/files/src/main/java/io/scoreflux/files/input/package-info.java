/** Reads files of text and JSON. */
@NullMarked
package io.scoreflux.files.input;

import org.jspecify.annotations.NullMarked;
