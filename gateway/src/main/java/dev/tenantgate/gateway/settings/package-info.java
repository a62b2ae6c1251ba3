/**
 * The settings of a client, apart from any backend: which parameters have which values, how a
 * backend is brought to them before a transaction, and how it is asked for them after one.
 */
@NullMarked
package dev.tenantgate.gateway.settings;

import org.jspecify.annotations.NullMarked;
