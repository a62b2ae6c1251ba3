/** Tests of the gateway's own logins at real servers. */
@org.jspecify.annotations.NullMarked
package dev.tenantgate.gateway.connect;
