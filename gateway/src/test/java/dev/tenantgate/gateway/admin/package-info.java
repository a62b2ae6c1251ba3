/** Tests of the admin port. */
@org.jspecify.annotations.NullMarked
package dev.tenantgate.gateway.admin;
