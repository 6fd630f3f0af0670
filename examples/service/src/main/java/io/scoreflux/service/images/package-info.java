/** Images in the shape of OpenAI's image API. */
@NullMarked
package io.scoreflux.service.images;

import org.jspecify.annotations.NullMarked;
