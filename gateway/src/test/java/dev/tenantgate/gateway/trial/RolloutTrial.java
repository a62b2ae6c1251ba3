package dev.tenantgate.gateway.trial;

import static org.awaitility.Awaitility.await;

import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.migrator.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A rollout under load: three gateways, one of them in session pooling and one behind a network
 * that can be taken away, and the clients. Confined to a test's thread.
 */
final class RolloutTrial implements AutoCloseable {

  /** The last of the migrations that are rolled out. */
  static final int LATEST = 4;

  private static final int CUT_OFF = 2;

  /** The rows that {@link TrialClient}s count up. */
  private static final int ROWS = 100;

  private final Path folder;
  private final TestDatabase database;
  private final Duration limit;
  private final TcpForwarder network;
  private final List<Entrance> entrances = new ArrayList<>();
  private final TrialLedger ledger = new TrialLedger();
  private final CountDownLatch stop = new CountDownLatch(1);
  private final ExecutorService clients = Executors.newCachedThreadPool();
  private final int clientCount;
  private volatile int release = 1;
  private long rolloutBegan;
  private long rolloutEnded;
  private MachineUse before = MachineUse.now();
  private MachineUse after = before;

  private RolloutTrial(
      Path folder, TestDatabase database, TcpForwarder network, int clientCount, Duration limit) {
    this.folder = folder;
    this.database = database;
    this.network = network;
    this.clientCount = clientCount;
    this.limit = limit;
  }

  /**
   * Starts everything; the clients are at work when it returns.
   *
   * @param withFar whether there is a third gateway, which can be cut off from the database
   * @param limit how long anything may take that is waited for
   */
  static RolloutTrial start(
      Path folder,
      TestDatabase database,
      int tenants,
      int clientCount,
      boolean withFar,
      Duration limit)
      throws Exception {
    TcpForwarder network = new TcpForwarder(database.server().port());
    RolloutTrial trial = new RolloutTrial(folder, database, network, clientCount, limit);
    try {
      trial.startGateways(withFar);
      TenantTimes.watch(database);
      for (int i = 0; i < clientCount; i++) {
        trial.clients.execute(
            new TrialClient(
                i,
                trial.entrances,
                database.name(),
                tenants,
                () -> trial.release,
                trial.ledger,
                trial.stop));
      }
      return trial;
    } catch (Exception | AssertionError e) {
      trial.close();
      throw e;
    }
  }

  private void startGateways(boolean withFar) throws Exception {
    GatewayFixture.migration(
        migrations(),
        "00001_accounts.sql",
        "CREATE TABLE accounts (id int PRIMARY KEY, label text, amount int NOT NULL);\n"
            + "INSERT INTO accounts SELECT i, 'new', 0 FROM generate_series(0, %d) i;"
                .formatted(ROWS - 1));
    int server = database.server().port();
    entrances.add(entrance("session", server, Map.of("pool.mode", "session")));
    entrances.add(entrance("transaction", server, pooled()));
    if (withFar) {
      entrances.add(entrance("far", network.port(), pooled()));
    }
    for (Entrance entrance : entrances) {
      entrance.gateway().awaitReady();
    }
  }

  private static Map<String, String> pooled() {
    return Map.of("pool.mode", "transaction", "auth.method", "trust");
  }

  private Entrance entrance(String name, int server, Map<String, String> changes)
      throws IOException {
    Map<String, String> settings = new LinkedHashMap<>(changes);
    settings.put(
        "database.url",
        "postgresql://postgres@127.0.0.1:%d/%s?sslmode=disable".formatted(server, database.name()));
    settings.put("migrations.locations", "[" + migrations() + "]");
    settings.put("migrations.trigger", "eager");
    settings.put("migrations.lease-timeout", "2s");
    settings.put("gate.lease-timeout", "3s");
    return new Entrance(GatewayProcess.start(folder, name, settings), 1);
  }

  private Path migrations() {
    return folder.resolve("migrations");
  }

  List<Entrance> entrances() {
    return entrances;
  }

  TrialLedger ledger() {
    return ledger;
  }

  TestDatabase database() {
    return database;
  }

  /** When the rollout began, by {@link System#nanoTime}. */
  long rolloutBegan() {
    return rolloutBegan;
  }

  /** When the last tenant was seen to be up to date, by {@link System#nanoTime}. */
  long rolloutEnded() {
    return rolloutEnded;
  }

  /** Waits until the clients have made so many transactions more, each on average. */
  void awaitTransactions(int each) {
    long enough = ledger.transactions() + (long) each * clientCount;
    await().atMost(limit).until(() -> ledger.transactions() >= enough);
  }

  /** Gives all gateways the new migrations; from then on clients may ask for them themselves. */
  void rollOut() throws IOException, InterruptedException {
    writeMigrations();
    begin();
    requireLatest();
  }

  /** Migrates all tenants by a process of its own, and requires the migrations after that. */
  void rollOutAhead() throws IOException, InterruptedException {
    writeMigrations();
    begin();
    int status = entrances.get(0).gateway().command("migrate", "tenants");
    end();
    if (status != 0) {
      throw new AssertionError("migrate tenants ended with %d: %s".formatted(status, logs()));
    }
    requireLatest();
  }

  private void begin() {
    before = MachineUse.now();
    rolloutBegan = System.nanoTime();
  }

  private void end() {
    rolloutEnded = System.nanoTime();
    after = MachineUse.now();
  }

  /** How busy the machine was during the rollout, in words. */
  String machineUse() {
    return after.since(before);
  }

  private void requireLatest() throws IOException, InterruptedException {
    for (Entrance entrance : entrances) {
      entrance.reload(LATEST);
    }
    release = LATEST;
  }

  private void writeMigrations() throws IOException {
    GatewayFixture.migration(
        migrations(),
        "00002_status.sql",
        "ALTER TABLE accounts ADD COLUMN status text NOT NULL DEFAULT 'active';");
    GatewayFixture.migration(
        migrations(), "00003_title.sql", "ALTER TABLE accounts RENAME COLUMN label TO title;");
    GatewayFixture.migration(
        migrations(),
        "00004_entries.sql",
        "CREATE TABLE entries (id int REFERENCES accounts); SELECT pg_sleep(0.02);");
  }

  /** Waits until so many tenants have got all migrations. */
  void awaitMigrated(int tenants) throws IOException {
    try {
      await().atMost(limit).until(() -> migrated() >= tenants);
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("the rollout doesn't end: " + standstill(), e);
    }
    end();
  }

  /** The reasons why the rollout doesn't end: tenants behind, busy clients, the gateways' logs. */
  private String standstill() throws IOException {
    return String.join(
        "\n",
        String.valueOf(
            database.column(
                "SELECT nspname FROM pg_namespace n WHERE nspname LIKE 'tenant\\_t%' AND NOT EXISTS"
                    + " (SELECT FROM pg_class WHERE relnamespace = n.oid AND relname ="
                    + " 'entries')")),
        String.valueOf(
            database.column("SELECT l::text FROM tenantgate.lease l WHERE holder <> ''")),
        String.valueOf(
            database.column(
                "SELECT concat_ws(' ', pid, state, wait_event, now() - xact_start, left(query, 80))"
                    + " FROM pg_stat_activity WHERE xact_start < now() - interval '1 s'")),
        logs());
  }

  private int migrated() {
    try {
      return database.column("SELECT 1 FROM pg_tables WHERE tablename = 'entries'").size();
    } catch (IllegalStateException e) {
      return 0; // It is being restarted.
    }
  }

  /** Takes the network away between the last gateway and the database. */
  void cutOff() {
    entrances.get(CUT_OFF).disturb();
    network.stall();
  }

  /** Brings it back; what was open is lost. */
  void reconnect() throws IOException, InterruptedException {
    network.heal();
    awaitCalm(entrances.get(CUT_OFF));
  }

  /** Has the server lose a process in a way that makes it begin anew, with recovery. */
  void restartDatabase() throws IOException, InterruptedException {
    entrances.forEach(Entrance::disturb);
    String backend =
        String.valueOf(
            database.value(
                "SELECT min(pid) FROM pg_stat_activity WHERE datname = current_database()"
                    + " AND pid <> pg_backend_pid()"));
    new ProcessBuilder("kill", "-9", backend).start().waitFor();
    await()
        .atMost(limit)
        .ignoreExceptions()
        .until(() -> "f".equals(database.value("SELECT pg_is_in_recovery()")));
    for (Entrance entrance : entrances) {
      awaitCalm(entrance);
    }
  }

  private void awaitCalm(Entrance entrance) {
    await()
        .atMost(limit)
        .until(() -> entrance.gateway().request("GET", "/readyz").statusCode() == 200);
    // Connections that broke meanwhile may be noticed by their clients only now.
    awaitTransactions(TrialClient.TRANSACTIONS_PER_CONNECTION);
    entrance.calm();
  }

  /** Lets each client end its transaction. */
  void stopClients() throws InterruptedException {
    stop.countDown();
    clients.shutdown();
    if (!clients.awaitTermination(limit.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException("clients are still waiting for an answer");
    }
  }

  /** The gateways' logs. */
  String logs() throws IOException {
    StringBuilder logs = new StringBuilder();
    for (Entrance entrance : entrances) {
      logs.append(entrance.gateway().log()).append('\n');
    }
    return logs.toString();
  }

  @Override
  public void close() throws IOException {
    stop.countDown();
    for (Entrance entrance : entrances) {
      entrance.gateway().close();
    }
    network.close();
    clients.shutdownNow();
  }
}
