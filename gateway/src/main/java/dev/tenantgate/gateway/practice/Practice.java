package dev.tenantgate.gateway.practice;

import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsSources;
import dev.tenantgate.gateway.metrics.GatewayMeters;
import dev.tenantgate.gateway.server.WireServer;
import dev.tenantgate.gateway.tenant.TenantRouter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Exercises the wire path of this process: clients of its own send through a gateway of its own to
 * a database of its own, all on the loopback interface. Blocks until it is over.
 */
public final class Practice {

  /** The user, its password, and the database. */
  static final String NAME = "practice";

  private static final int CLIENTS = 4;

  /** A login costs as much as so many transactions. */
  private static final int TRANSACTIONS_PER_LOGIN = 20;

  private Practice() {}

  /**
   * Runs all exercises.
   *
   * @param transactions of each exercise, by all clients together
   * @throws IOException if an exercise fails
   */
  public static void run(int transactions) throws IOException, SettingsException {
    Path folder = Files.createTempDirectory("tenantgate-practice");
    try (PracticeDatabase database = PracticeDatabase.start()) {
      exercise(settings(folder, database.port(), "trust"), transactions);
      logIn(settings(folder, database.port(), "trust"), transactions / TRANSACTIONS_PER_LOGIN);
      logIn(
          settings(folder, database.port(), "scram-sha-256"),
          transactions / TRANSACTIONS_PER_LOGIN);
    } finally {
      Files.deleteIfExists(folder.resolve("users.txt"));
      Files.deleteIfExists(folder);
    }
  }

  private static Settings settings(Path folder, int database, String method)
      throws IOException, SettingsException {
    Path users = folder.resolve("users.txt");
    Files.writeString(users, "\"%s\" \"%s\"%n".formatted(NAME, NAME));
    Files.setPosixFilePermissions(users, PosixFilePermissions.fromString("rw-------"));
    Map<String, String> values = new LinkedHashMap<>();
    values.put("listen.address", "127.0.0.1:0");
    values.put("listen.threads", "1");
    values.put("database.url", "postgresql://%s@127.0.0.1:%d/%s".formatted(NAME, database, NAME));
    values.put("database.ssl-mode", "disable");
    values.put("tenants.schema", "practice_{tenant}");
    values.put("migrations.locations", folder.toString());
    values.put("pool.mode", "transaction");
    values.put("pool.size", "2");
    values.put("auth.method", method);
    values.put("auth.user-list", users.toString());
    values.put("log.connections", "false");
    values.put("log.disconnections", "false");
    return SettingsReader.read(new SettingsSources(null, Map.of(), values)).settings();
  }

  private interface Work {
    void run(int port) throws IOException;
  }

  private static void exercise(Settings settings, int transactions)
      throws IOException, SettingsException {
    behindGateway(
        settings,
        port -> {
          for (Exercise exercise : Exercise.values()) {
            int each = transactions / CLIENTS / weight(exercise);
            inParallel(
                () -> {
                  try (PracticeClient client = PracticeClient.connect(port)) {
                    for (int i = 0; i < each; i++) {
                      client.run(exercise);
                    }
                  }
                });
          }
        });
  }

  /** The cost of one of its transactions, in those of the simplest. */
  private static int weight(Exercise exercise) {
    return exercise == Exercise.ROWS ? 10 : exercise.texts().size();
  }

  private static void logIn(Settings settings, int logins) throws IOException, SettingsException {
    behindGateway(
        settings,
        port ->
            inParallel(
                () -> {
                  for (int i = 0; i < logins / CLIENTS; i++) {
                    try (PracticeClient client = PracticeClient.connect(port)) {
                      client.run(Exercise.SIMPLE);
                    }
                  }
                }));
  }

  private static void behindGateway(Settings settings, Work work)
      throws IOException, SettingsException {
    TenantRouter router = new TenantRouter(settings);
    GatewayMeters meters = new GatewayMeters(NAME, null);
    try (PracticeGate gate = new PracticeGate(settings, router);
        WireServer server =
            WireServer.start(settings, router, gate.gate(), gate.sessions(), meters.wire(), null)) {
      work.run(server.port());
    } finally {
      meters.close();
    }
  }

  private interface Part {
    void run() throws IOException;
  }

  private static void inParallel(Part part) throws IOException {
    CompletableFuture<?>[] parts = new CompletableFuture<?>[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
      CompletableFuture<Void> done = new CompletableFuture<>();
      parts[i] = done;
      PracticeThreads.start(
          "client",
          () -> {
            try {
              part.run();
              done.complete(null);
            } catch (IOException | RuntimeException e) {
              done.completeExceptionally(e);
            }
          });
    }
    try {
      CompletableFuture.allOf(parts).join();
    } catch (CompletionException e) {
      throw new IOException("an exercise has failed", e.getCause());
    }
  }
}
