/** Real PostgreSQL servers for tests, shared with the gateway's tests. */
@org.jspecify.annotations.NullMarked
package dev.tenantgate.migrator.testing;
