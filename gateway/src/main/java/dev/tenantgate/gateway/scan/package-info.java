/**
 * The effects of a query's text on the session that sends it: on its parameters, {@code
 * search_path} first of all, on its transaction, and on whatever ties it to its server connection.
 * The step between a frontend's message and the decision where that message may go. A look at the
 * bytes rules out nearly every statement; only what is left is read by the lexer.
 *
 * <p>Start at {@link dev.tenantgate.gateway.scan.SqlScan}.
 */
@NullMarked
package dev.tenantgate.gateway.scan;

import org.jspecify.annotations.NullMarked;
