package dev.tenantgate.gateway.benchmark;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A peer that serves. Closing it ends its process. Immutable.
 *
 * @param process null where clients connect to the server itself
 * @param host an address, or the directory of a Unix-domain socket
 * @param user who logs in to it
 * @param tenants how a client names its tenant
 */
record Pooler(
    Peer peer,
    @Nullable Process process,
    String host,
    int port,
    String user,
    String password,
    Tenants tenants)
    implements AutoCloseable {

  private static final long WAIT_SECONDS = 60;
  private static final long POLL_MILLIS = 5;
  private static final int CONNECT_MILLIS = 1_000;

  /** How a client names its tenant, which is one of those from 1 on. */
  interface Tenants {

    /** The database it connects to. */
    String database(int tenant);

    /** The environment for libpq. */
    Map<String, String> environment(int tenant);
  }

  String database(int tenant) {
    return tenants.database(tenant);
  }

  Map<String, String> environment(int tenant) {
    return tenants.environment(tenant);
  }

  /**
   * Waits until it listens.
   *
   * @param errors what it prints should it end instead
   */
  void awaitListening(Path errors) throws IOException, InterruptedException {
    long started = System.nanoTime();
    while (!listens()) {
      boolean ended = process != null && process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS);
      if (ended || System.nanoTime() - started > TimeUnit.SECONDS.toNanos(WAIT_SECONDS)) {
        throw new IllegalStateException(
            "%s doesn't listen: %s".formatted(peer.label(), Files.readString(errors)));
      }
    }
  }

  private boolean listens() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Processor time that it has used; none where it has no process. */
  CpuTime.Split cpu() {
    return process == null ? CpuTime.Split.NONE : CpuTime.Split.ofProcess(process.pid());
  }

  /** Memory that it has resident, in bytes. */
  long residentBytes() {
    return process == null ? 0 : CommandRun.memory(process.pid(), "VmRSS:");
  }

  @Override
  public void close() {
    if (process == null) {
      return;
    }
    process.destroy();
    try {
      if (!process.waitFor(WAIT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
