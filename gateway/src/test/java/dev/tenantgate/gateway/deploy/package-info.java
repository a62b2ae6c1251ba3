/** The samples of deploy/ against the types of what reads them. */
@org.jspecify.annotations.NullMarked
package dev.tenantgate.gateway.deploy;
