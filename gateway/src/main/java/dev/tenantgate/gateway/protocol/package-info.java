/**
 * PostgreSQL's wire protocol, under its own names: message types, error and notice messages, and
 * the cursor that finds the frames in a stream without decoding them. Every later step of a
 * connection uses it.
 *
 * <p>Source: PostgreSQL documentation, chapter "Frontend/Backend Protocol".
 */
@NullMarked
package dev.tenantgate.gateway.protocol;

import org.jspecify.annotations.NullMarked;
