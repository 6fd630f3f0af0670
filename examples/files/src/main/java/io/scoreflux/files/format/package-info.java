/** The file formats of samples, draws and plans. */
@NullMarked
package io.scoreflux.files.format;

import org.jspecify.annotations.NullMarked;
