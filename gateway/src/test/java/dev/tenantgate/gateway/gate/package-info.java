/** Tests of the gate, with time and threads under control. */
@org.jspecify.annotations.NullMarked
package dev.tenantgate.gateway.gate;
