/**
 * A gateway on channels without sockets, between scripted clients and a scripted server: for tests
 * of milliseconds that say which bytes go where.
 */
@org.jspecify.annotations.NullMarked
package dev.tenantgate.gateway.testing.wire;
