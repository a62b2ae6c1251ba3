/**
 * Exercise of the wire path: a gateway like the real one, between a database and clients that are
 * all in this process. It leaves behind classes that are loaded and code that is compiled, or a
 * profile that says what to compile first.
 */
@NullMarked
package dev.tenantgate.gateway.practice;

import org.jspecify.annotations.NullMarked;
