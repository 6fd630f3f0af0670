/**
 * What the streams of samples share with their users: gateways to denoisers, custom stages, listeners, the order of delivery, and the policy
 * for failed samples.
 */
@NullMarked
package io.scoreflux.stream;

import org.jspecify.annotations.NullMarked;
