/** The migrator as a library: what an application would write. */
@org.jspecify.annotations.NullMarked
package dev.tenantgate.migrator.example;
