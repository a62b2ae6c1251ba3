/**
 * The migrator's benchmark: schemas per second beside psql and Flyway, the time of reading a fleet,
 * and the memory that all of it takes; that of transaction pooling, beside PgBouncer; and that of
 * scale, over tenants and clients. They stand beside the flow, among the tests, so that they are
 * compiled and tried in a small size with them; {@code mvn -Pbenchmark} runs them in full.
 */
@NullMarked
package dev.tenantgate.gateway.benchmark;

import org.jspecify.annotations.NullMarked;
