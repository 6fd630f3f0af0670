/** Reads files of text and JSON. */
@NullMarked
package io.scoreflux.cli.input;

import org.jspecify.annotations.NullMarked;
