package dev.tenantgate.gateway.console;

import dev.tenantgate.config.EffectiveSetting;
import dev.tenantgate.config.Settings;
import dev.tenantgate.gateway.admin.Reloader;
import dev.tenantgate.gateway.gate.GateService;
import dev.tenantgate.gateway.memory.Bound;
import dev.tenantgate.gateway.pool.PoolServices;
import dev.tenantgate.gateway.session.ConnectedClients;
import dev.tenantgate.gateway.session.Consoles;
import dev.tenantgate.gateway.session.NamedBounds;
import dev.tenantgate.gateway.traffic.Traffic;
import dev.tenantgate.gateway.traffic.TrafficAverages;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * The parts of the gateway that the console shows and commands.
 *
 * @param gateService the gate and all that belongs to it
 * @param pools connections to the server
 * @param clients those who are connected
 * @param consoles the consoles among them
 * @param averages what was done of late
 * @param bounds what there may be only so much of
 * @param named the limits of single users, databases and tenants
 * @param predecessorClients how many clients are left at the gateway that this one took over from
 * @param effective every setting in force
 * @param reloader reads settings and migrations anew
 * @param stopper stops the gateway
 * @param version the gateway's own
 */
public record ConsoleSources(
    GateService gateService,
    PoolServices pools,
    ConnectedClients clients,
    Consoles consoles,
    TrafficAverages averages,
    Supplier<List<Bound>> bounds,
    NamedBounds named,
    IntSupplier predecessorClients,
    Supplier<List<EffectiveSetting>> effective,
    Reloader reloader,
    Stopper stopper,
    String version) {

  /** Stops the gateway. */
  public interface Stopper {

    /**
     * Begins to.
     *
     * @return whether this process can be stopped so
     */
    boolean stop(Stop how);
  }

  /** The clients that a stop waits for. */
  public enum Stop {
    /** Nobody. */
    AT_ONCE,
    /** Transactions under way, for {@code listen.drain-timeout} at most. */
    AFTER_TRANSACTIONS,
    /** Clients, until they leave by themselves. */
    AFTER_CLIENTS
  }

  /** The settings in force. */
  Settings settings() {
    return gateService.settings();
  }

  /** The counts of clients. */
  Traffic traffic() {
    return pools.traffic();
  }
}
