package dev.tenantgate.gateway.connect;

import dev.tenantgate.config.NetworkAddress;
import dev.tenantgate.migrator.connection.NameService;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Resolves the hosts of {@code database.url}, never on an event loop, where a slow name server
 * would stop every session of that loop. A name that can't be resolved keeps the addresses that it
 * had. Thread-safe.
 */
final class HostNames {

  private static final Logger log = LoggerFactory.getLogger("dev.tenantgate.gateway.backend");

  private final NameService names;
  private final Executor threads;

  /** Looks names up on these threads, which are the caller's. */
  HostNames(NameService names, Executor threads) {
    this.names = names;
    this.threads = threads;
  }

  /** The address that a host is, if it isn't a name. */
  static @Nullable InetAddress literal(NetworkAddress host) {
    return NetUtil.createInetAddressFromIpAddressString(host.host());
  }

  /** Whether a host has to be resolved. */
  static boolean isName(NetworkAddress host) {
    return !host.isUnixSocket() && literal(host) == null;
  }

  /**
   * Resolves names, all at once.
   *
   * @param known the addresses that they had
   * @return the addresses of each in their order, none for one that was never resolved
   */
  CompletableFuture<Map<NetworkAddress, List<InetAddress>>> resolve(
      List<NetworkAddress> hosts, Map<NetworkAddress, List<InetAddress>> known) {
    Map<NetworkAddress, CompletableFuture<List<InetAddress>>> asked = new LinkedHashMap<>();
    for (NetworkAddress host : hosts) {
      if (isName(host)) {
        asked.put(host, ask(host, known.getOrDefault(host, List.of())));
      }
    }
    return CompletableFuture.allOf(asked.values().toArray(new CompletableFuture<?>[0]))
        .thenApply(
            done -> {
              Map<NetworkAddress, List<InetAddress>> found = new LinkedHashMap<>();
              asked.forEach((host, addresses) -> found.put(host, addresses.join()));
              return found;
            });
  }

  private CompletableFuture<List<InetAddress>> ask(NetworkAddress host, List<InetAddress> known) {
    try {
      return CompletableFuture.supplyAsync(() -> lookUp(host, known), threads);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.completedFuture(known); // the gateway stops
    }
  }

  private List<InetAddress> lookUp(NetworkAddress host, List<InetAddress> known) {
    try {
      List<InetAddress> found = new ArrayList<>(names.lookUp(host.host()));
      return List.copyOf(found);
    } catch (UnknownHostException | SecurityException e) {
      log.atDebug().addKeyValue("host", host.host()).setCause(e).log("a name can't be resolved");
      return known;
    }
  }
}
