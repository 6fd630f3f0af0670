/** Targets: built in by name, or parsed from JSON files. */
@NullMarked
package io.scoreflux.files.targets;

import org.jspecify.annotations.NullMarked;
