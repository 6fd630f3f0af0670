/** Samples over HTTP: {@link io.scoreflux.service.Service} streams them as NDJSON and as server-sent events. */
@NullMarked
package io.scoreflux.service;

import org.jspecify.annotations.NullMarked;
