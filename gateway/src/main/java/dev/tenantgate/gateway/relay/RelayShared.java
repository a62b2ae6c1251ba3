package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.answer.AnswerFiles;
import dev.tenantgate.gateway.scan.LongScans;
import dev.tenantgate.gateway.timeout.TimeoutSweeps;
import dev.tenantgate.gateway.traffic.Traffic;

/**
 * The parts that all relays share.
 *
 * @param answers where answers are kept that are too long for memory
 * @param longScans where long texts are looked at
 * @param timeouts holds clients against their timeouts
 */
public record RelayShared(
    AnswerFiles answers,
    LongScans longScans,
    RelayMeter meter,
    Traffic traffic,
    TimeoutSweeps timeouts) {}
