/** Tests of SCRAM-SHA-256 by the vectors of its RFCs, and against what breaks the rules. */
@org.jspecify.annotations.NullMarked
package dev.tenantgate.gateway.scram;
