/** Tests of the project as a whole. */
@org.jspecify.annotations.NullMarked
package dev.tenantgate;
