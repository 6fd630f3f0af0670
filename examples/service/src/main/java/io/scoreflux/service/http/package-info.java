/** The HTTP connection: time limits, errors, and the end of responses. */
@NullMarked
package io.scoreflux.service.http;

import org.jspecify.annotations.NullMarked;
