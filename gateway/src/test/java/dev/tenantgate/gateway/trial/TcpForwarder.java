package dev.tenantgate.gateway.trial;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The network between a gateway and its server, which can be taken away: bytes stop moving both
 * ways, nobody is told, and new connections are taken in and stay silent. Thread-safe.
 */
final class TcpForwarder implements AutoCloseable {

  private final ServerSocket listener;
  private final int target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Object lock = new Object();

  // Guarded by lock.
  private boolean stalled;

  /** Forwards a free port of loopback to another one. */
  TcpForwarder(int target) throws IOException {
    this.listener = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
    this.target = target;
    start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Nothing gets through any more. */
  void stall() {
    synchronized (lock) {
      stalled = true;
    }
  }

  /** Resets all open connections; those that come from now on get through. */
  void heal() {
    sockets.forEach(TcpForwarder::reset);
    synchronized (lock) {
      stalled = false;
      lock.notifyAll();
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        sockets.add(client);
        start(() -> serve(client));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void serve(Socket client) {
    try {
      awaitPassage();
      Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
      sockets.add(server);
      server.setTcpNoDelay(true);
      client.setTcpNoDelay(true);
      start(() -> copy(client, server));
      copy(server, client);
    } catch (IOException e) {
      reset(client);
    }
  }

  private void copy(Socket from, Socket to) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[16 * 1024];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        awaitPassage();
        out.write(buffer, 0, read);
      }
    } catch (IOException e) {
      // Both sides end, whichever of them failed.
    } finally {
      awaitPassage();
      end(from);
      end(to);
    }
  }

  private void awaitPassage() {
    synchronized (lock) {
      while (stalled) {
        try {
          lock.wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
      }
    }
  }

  private void end(Socket socket) {
    sockets.remove(socket);
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone all the same.
    }
  }

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      // It is gone all the same.
    }
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "tcp-forwarder");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    heal();
  }
}
