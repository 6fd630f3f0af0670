/** The file formats of samples, draws and plans. */
@NullMarked
package io.scoreflux.cli.format;

import org.jspecify.annotations.NullMarked;
