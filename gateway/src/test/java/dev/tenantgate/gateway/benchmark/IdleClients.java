package dev.tenantgate.gateway.benchmark;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/**
 * Clients that have logged in, are ready, and say nothing; of many tenants where the pooler lets
 * them. Confined to one thread.
 */
final class IdleClients implements AutoCloseable {

  private final Pooler pooler;
  private final List<Socket> sockets = new ArrayList<>();

  IdleClients(Pooler pooler) {
    this.pooler = pooler;
  }

  /** Opens so many more. */
  void open(int number) throws IOException {
    for (int i = 0; i < number; i++) {
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), pooler.port());
      sockets.add(socket);
      // Of the one tenant whose pool is as large as the gateway's: others would need a backend
      // each.
      ClientLogin.begin(socket, pooler, 1);
      ClientLogin.await(socket);
    }
  }

  @Override
  public void close() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    sockets.clear();
  }
}
