/** Tests of the settings: no network, no database. */
@NullMarked
package dev.tenantgate.config;

import org.jspecify.annotations.NullMarked;
