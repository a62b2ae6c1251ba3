package dev.tenantgate.gateway.session;

import dev.tenantgate.gateway.backend.PoolKey;
import dev.tenantgate.gateway.pool.PoolServices;
import dev.tenantgate.gateway.relay.Processes;
import io.netty.channel.EventLoop;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;

/** The numbers in the keys for cancelling that the gateway has given to clients. Thread-safe. */
final class ClientProcesses implements Processes {

  private record Client(Session session, PoolKey key) {}

  private final Map<Integer, Client> clients = new ConcurrentHashMap<>();
  private final PoolServices pools;

  ClientProcesses(PoolServices pools) {
    this.pools = pools;
  }

  void add(int processId, Session session, PoolKey key) {
    clients.put(processId, new Client(session, key));
  }

  void remove(int processId) {
    clients.remove(processId);
  }

  @Override
  public boolean isClients(int processId) {
    return clients.containsKey(processId);
  }

  @Override
  public void standIn(int processId, EventLoop loop, IntConsumer standIn) {
    Client client = clients.get(processId);
    if (client == null) {
      loop.execute(() -> standIn.accept(0));
    } else {
      StandInProcess.open(pools, loop, client.key, client.session, standIn);
    }
  }
}
