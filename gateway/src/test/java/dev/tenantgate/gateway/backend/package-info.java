/** Tests of a connection to the server at work. */
@org.jspecify.annotations.NullMarked
package dev.tenantgate.gateway.backend;
