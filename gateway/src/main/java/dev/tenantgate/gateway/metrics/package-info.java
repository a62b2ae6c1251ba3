/**
 * The gateway's own metrics, in Prometheus's text format: beside the flow, fed by the sessions'
 * counters and the gate's events.
 */
@NullMarked
package dev.tenantgate.gateway.metrics;

import org.jspecify.annotations.NullMarked;
