/** Tests of the console. */
@org.jspecify.annotations.NullMarked
package dev.tenantgate.gateway.console;
