/** The commands, one class each, and how they compute and report. */
@NullMarked
package io.scoreflux.cli.command;

import org.jspecify.annotations.NullMarked;
