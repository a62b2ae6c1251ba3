/** Tests of routing and of the directory. */
@org.jspecify.annotations.NullMarked
package dev.tenantgate.gateway.tenant;
