/**
 * The types that users pass to a stream of samples: gateways to denoisers, custom stages, listeners, the order of delivery, and the policy
 * for failed samples.
 */
@NullMarked
package io.scoreflux.stream;

import org.jspecify.annotations.NullMarked;
