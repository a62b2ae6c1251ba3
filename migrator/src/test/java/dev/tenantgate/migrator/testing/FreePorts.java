package dev.tenantgate.migrator.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.jspecify.annotations.Nullable;

/**
 * Free ports of the loopback address for whatever has to be told its port before it listens, such
 * as a server in a process of its own. No other JVM of tests is given the same ones, and no
 * connection goes out from them: both would take a port of the system's choice between the look and
 * the use. Thread-safe.
 */
public final class FreePorts {

  /** Below the ports that Linux and macOS choose for connections, from 32,768 and 49,152 on. */
  private static final int FIRST = 20_000;

  private static final int LAST = 32_000;

  /** How many ports a JVM has for itself. */
  private static final int SHARE = 100;

  private static @Nullable ServerSocket guard;
  private static int latest;

  private FreePorts() {}

  /** A port that nobody listens at, and that isn't given again before all others of this JVM. */
  public static synchronized int next() {
    ServerSocket held = guard;
    if (held == null) {
      held = claim();
      guard = held;
      latest = held.getLocalPort();
    }
    int first = held.getLocalPort();
    for (int tries = 1; tries < SHARE; tries++) {
      latest = latest + 1 < first + SHARE ? latest + 1 : first + 1;
      ServerSocket free = listen(latest);
      if (free != null) {
        close(free);
        return latest;
      }
    }
    throw new IllegalStateException("no port from %d on is free".formatted(first + 1));
  }

  /** Listens, until the JVM ends, at the first port of a share: that makes the rest this JVM's. */
  private static ServerSocket claim() {
    for (int first = FIRST; first < LAST; first += SHARE) {
      ServerSocket mine = listen(first);
      if (mine != null) {
        return mine;
      }
    }
    throw new IllegalStateException("no ports between %d and %d are free".formatted(FIRST, LAST));
  }

  private static @Nullable ServerSocket listen(int port) {
    try {
      return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      return null;
    }
  }

  private static void close(ServerSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
