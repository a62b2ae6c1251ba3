package dev.tenantgate.gateway.resource;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.testing.wire.FrontendNotation;
import dev.tenantgate.gateway.testing.wire.SocketClient;
import dev.tenantgate.migrator.testing.FreePorts;
import dev.tenantgate.migrator.testing.TestDatabase;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * A gateway in a process of its own, with the memory that the launcher gives on a small machine.
 */
final class SmallGateway implements AutoCloseable {

  /** Heap, buffers, and what the virtual machine needs besides. */
  static final int MOST_RESIDENT_MIB = 160 + 96 + 144;

  private static final List<String> MEMORY =
      List.of(
          "-Xms32m",
          "-XX:MetaspaceSize=48m",
          "-Xmx160m",
          "-XX:MaxDirectMemorySize=96m",
          "-Xss512k",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "--add-opens=java.base/java.nio=ALL-UNNAMED",
          "-Dio.netty.tryReflectionSetAccessible=true",
          "-Dio.netty.maxDirectMemory=" + (96 << 20),
          "-Dio.netty.leakDetection.level=disabled");

  private final Process process;
  private final TestDatabase database;
  private final Path log;
  private final int port;
  private final int adminPort;

  private SmallGateway(Process process, TestDatabase database, Path log, int port, int adminPort) {
    this.process = process;
    this.database = database;
    this.log = log;
    this.port = port;
    this.adminPort = adminPort;
  }

  /** Starts one; {@link #awaitReady} is to follow. */
  static SmallGateway start(Path folder, TestDatabase database, String mode) throws IOException {
    int port = FreePorts.next();
    int adminPort = FreePorts.next();
    Path config = folder.resolve(mode + ".yaml");
    Path log = folder.resolve(mode + ".log");
    Path migrations = Files.createDirectories(folder.resolve("migrations"));
    Files.writeString(
        config,
        """
        listen: {address: "127.0.0.1:%d"}
        admin: {address: "127.0.0.1:%d"}
        database: {url: "postgresql://postgres@127.0.0.1:%d/%s?sslmode=disable"}
        migrations: {locations: ["%s"]}
        pool: {mode: %s, size: 10}
        auth: {method: trust}
        """
            .formatted(
                port, adminPort, database.server().port(), database.name(), migrations, mode));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(MEMORY);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            "dev.tenantgate.gateway.cli.Tenantgate",
            "serve",
            "--config",
            config.toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .directory(new File(folder.toString()))
            .start();
    return new SmallGateway(process, database, log, port, adminPort);
  }

  void awaitReady() {
    Awaitility.await().ignoreExceptions().until(() -> !get("/readyz").isEmpty());
  }

  private String get(String path) throws IOException {
    URI uri = URI.create("http://127.0.0.1:" + adminPort + path);
    try (var in = uri.toURL().openStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Somebody who has only connected. */
  SocketClient stranger() throws IOException {
    return SocketClient.connect(port);
  }

  /** Somebody who has logged in. */
  SocketClient client(String user) throws IOException {
    SocketClient client = SocketClient.connect(port);
    client.sendsBytes(startup(user));
    client.readUntil('Z');
    return client;
  }

  private byte[] startup(String user) {
    return FrontendNotation.startup(Map.of("user", user, "database", database.name()));
  }

  /** Log in, send that, and read nothing of its answer. */
  void unread(UnreadClients clients, int count, byte[] messages) {
    clients.open(port, startup("postgres"), count, messages);
  }

  /**
   * Use and limit of each thing that is bounded.
   *
   * @param longTurns turns of event loops that used 100 ms of processor time or more: others waited
   */
  record Usage(Map<String, Double> used, Map<String, Double> limit, long longTurns) {

    double used(String of) {
      return used.getOrDefault(of, 0.0);
    }
  }

  Usage usage() throws IOException {
    Map<String, Double> used = new HashMap<>();
    Map<String, Double> limit = new HashMap<>();
    long longTurns = -1;
    for (String line : get("/metrics").split("\n", -1)) {
      String[] parts = line.split("[\"} ]+", -1);
      if (line.startsWith("tenantgate_used{of=")) {
        used.put(parts[1], Double.valueOf(parts[2]));
      } else if (line.startsWith("tenantgate_limit{of=")) {
        limit.put(parts[1], Double.valueOf(parts[2]));
      } else if (line.startsWith("tenantgate_event_loop_long_turns_total{time=\"cpu\"")) {
        longTurns = Double.valueOf(parts[2]).longValue();
      }
    }
    assertThat(longTurns).as("there is a metric of it").isNotNegative();
    return new Usage(used, limit, longTurns);
  }

  /** Memory of the process that is in use, in MiB; 0 where that can't be told. */
  long residentMebibytes() throws IOException {
    Path status = Path.of("/proc", String.valueOf(process.pid()), "status");
    if (!Files.exists(status)) {
      return 0;
    }
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) >> 10;
      }
    }
    return 0;
  }

  /** It runs, and its memory is within its bounds. */
  void assertBounded(String what) throws IOException {
    assertThat(process.isAlive()).as(what + ": it runs\n" + Files.readString(log)).isTrue();
    assertThat(residentMebibytes()).as(what + ": memory").isLessThan(MOST_RESIDENT_MIB);
    Usage usage = usage();
    usage.limit.forEach(
        (of, most) -> {
          if (usage.used.containsKey(of) && most > 0) {
            assertThat(usage.used(of)).as(what + ": " + of).isLessThanOrEqualTo(1.3 * most);
          }
        });
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
