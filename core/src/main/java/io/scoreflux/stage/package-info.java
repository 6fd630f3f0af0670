/** Sub-intervals of the noise range and the plan that cuts it: computed here, run by the stream. */
@NullMarked
package io.scoreflux.stage;

import org.jspecify.annotations.NullMarked;
