/**
 * The commands: where every process starts. Each command reads the settings, calls what does the
 * work, and turns what came of it into lines or JSON and an exit code.
 */
@NullMarked
package dev.tenantgate.gateway.cli;

import org.jspecify.annotations.NullMarked;
