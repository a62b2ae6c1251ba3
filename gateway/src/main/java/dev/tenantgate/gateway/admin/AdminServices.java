package dev.tenantgate.gateway.admin;

import dev.tenantgate.gateway.gate.GateService;
import dev.tenantgate.gateway.traffic.Traffic;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * The parts of the gateway that the admin port shows and commands.
 *
 * @param gateService the gate and all that belongs to it
 * @param metrics the text to be scraped, for what a scraper accepts
 * @param changelogErrors what is wrong with the migrations on disk; empty if nothing is
 * @param liveness whether the event loops serve
 * @param leaving whether the gateway is about to stop, while it still serves
 * @param traffic the counts of clients and of connections to the server
 * @param reloader reads settings and migrations anew
 * @param version the gateway's own
 */
public record AdminServices(
    GateService gateService,
    UnaryOperator<String> metrics,
    Supplier<List<String>> changelogErrors,
    Liveness liveness,
    BooleanSupplier leaving,
    Traffic traffic,
    Reloader reloader,
    String version) {}
