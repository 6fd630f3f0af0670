/** Auto-configuration for Spring Boot: denoisers, gateways and samplers from settings. Start with {@link io.scoreflux.spring.Models}. */
@NullMarked
package io.scoreflux.spring;

import org.jspecify.annotations.NullMarked;
