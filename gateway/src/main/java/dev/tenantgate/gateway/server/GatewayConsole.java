package dev.tenantgate.gateway.server;

import dev.tenantgate.gateway.console.Console;
import dev.tenantgate.gateway.console.ConsoleSources;
import dev.tenantgate.gateway.console.ConsoleSources.Stop;
import dev.tenantgate.gateway.console.ConsoleSources.Stopper;
import dev.tenantgate.gateway.traffic.TrafficAverages;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The console of this gateway, made of its parts. Thread-safe. */
final class GatewayConsole implements Stopper, AutoCloseable {

  private final Console console;
  private volatile @Nullable Consumer<Stop> stopper;

  GatewayConsole(GatewayCore core, WireServer wire, GatewayReload reload, String version) {
    TrafficAverages averages = new TrafficAverages(wire.pools().traffic(), System::nanoTime);
    wire.every(TrafficAverages.PERIOD, averages::lookAgain);
    console =
        new Console(
            new ConsoleSources(
                core.gateService,
                wire.pools(),
                wire.clients(),
                wire.consoles(),
                averages,
                wire::bounds,
                wire.namedBounds(),
                () -> Objects.requireNonNullElse(wire.predecessorClients(), 0),
                reload::effective,
                reload,
                this,
                version));
    wire.consoles().open(console);
  }

  /** The action of SHUTDOWN. */
  void stopBy(Consumer<Stop> how) {
    stopper = how;
  }

  @Override
  public boolean stop(Stop how) {
    Consumer<Stop> stops = stopper;
    if (stops == null) {
      return false;
    }
    stops.accept(how);
    return true;
  }

  @Override
  public void close() {
    console.close();
  }
}
