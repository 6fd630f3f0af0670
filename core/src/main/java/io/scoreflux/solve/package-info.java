/**
 * One trajectory through the noise range, as a machine that asks for denoiser values and is told them; solvers that make
 * such machines; the certificate that each sample carries.
 */
@NullMarked
package io.scoreflux.solve;

import org.jspecify.annotations.NullMarked;
