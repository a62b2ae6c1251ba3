package dev.tenantgate.gateway.benchmark;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A pooler as a process of its own, which closing it ends. Immutable.
 *
 * @param name as the table has it
 * @param user who logs in to it
 * @param tenants how a client names its tenant
 */
record Pooler(String name, Process process, int port, String user, String password, Tenants tenants)
    implements AutoCloseable {

  private static final long WAIT_SECONDS = 60;
  private static final long POLL_MILLIS = 20;
  private static final int CONNECT_MILLIS = 1_000;

  /** How a client names its tenant, which is one of those from 1 on. */
  interface Tenants {

    /** The database it connects to. */
    String database(int tenant);

    /** What libpq finds in its environment. */
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
    while (true) {
      try (Socket socket = new Socket()) {
        socket.connect(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
        return;
      } catch (IOException e) {
        boolean ended = process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS);
        if (ended || System.nanoTime() - started > TimeUnit.SECONDS.toNanos(WAIT_SECONDS)) {
          throw new IllegalStateException(
              "%s doesn't listen: %s".formatted(name, Files.readString(errors)), e);
        }
      }
    }
  }

  /** Processor time that it has used, in seconds. */
  double cpuSeconds() {
    return CpuTime.ofProcess(process.pid());
  }

  /** Memory that it has resident, in bytes. */
  long residentBytes() {
    return CommandRun.memory(process.pid(), "VmRSS:");
  }

  @Override
  public void close() {
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
