/** The file formats of samples, draws and plans: how each is written and read. */
@NullMarked
package io.scoreflux.cli.format;

import org.jspecify.annotations.NullMarked;
