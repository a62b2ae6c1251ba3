/**
 * The settings of every part of Tenantgate: typed, immutable, validated where they are made. Read
 * once at the start of a process and swapped whole at a reload; nothing else in the project reads
 * files or the environment for them.
 */
@NullMarked
package dev.tenantgate.config;

import org.jspecify.annotations.NullMarked;
