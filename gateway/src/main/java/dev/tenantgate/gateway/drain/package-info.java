/**
 * Two things keep transactions from beginning although their schemas are as required: a drain,
 * before a migration, and the gateway's being cut off from the others. Here it is known which
 * sessions are in a transaction, and answered when none is any more. Knows no Netty; asked by the
 * gate, told by sessions.
 */
@NullMarked
package dev.tenantgate.gateway.drain;

import org.jspecify.annotations.NullMarked;
