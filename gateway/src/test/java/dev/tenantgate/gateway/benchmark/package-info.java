/**
 * The migrator's benchmark: schemas per second beside psql and Flyway, the time of reading a fleet,
 * and the memory that all of it takes; and that of transaction pooling, beside PgBouncer. It stands
 * beside the flow, among the tests, so that it is compiled and tried in a small size with them;
 * {@code mvn -Pbenchmark} runs it in full.
 */
@NullMarked
package dev.tenantgate.gateway.benchmark;

import org.jspecify.annotations.NullMarked;
