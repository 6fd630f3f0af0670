/** Bearer tokens, and the rule that a service beyond the loopback address demands one. */
@NullMarked
package io.scoreflux.service.security;

import org.jspecify.annotations.NullMarked;
