/** A job that draws samples of a target into files and reports their statistics. */
@NullMarked
package io.scoreflux.flink.job;

import org.jspecify.annotations.NullMarked;
