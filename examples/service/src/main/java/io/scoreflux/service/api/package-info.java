/** Models and streams of samples over HTTP. */
@NullMarked
package io.scoreflux.service.api;

import org.jspecify.annotations.NullMarked;
