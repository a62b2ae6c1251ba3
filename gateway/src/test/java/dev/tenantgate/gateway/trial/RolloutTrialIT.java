package dev.tenantgate.gateway.trial;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two gateways in front of one database, clients that never stop, and a rollout of three migrations
 * over all tenants. One of the migrations breaks clients that don't know of it. In full, three
 * gateways, 200 tenants and 60 clients, and with what may break meanwhile: {@code
 * -Dtenantgate.trial=full}; {@code -Dtenantgate.trial.oldest=true} on the oldest server.
 */
class RolloutTrialIT {

  private static final boolean FULL = "full".equals(System.getProperty("tenantgate.trial"));
  private static final int TENANTS = FULL ? 200 : 8;
  private static final int CLIENTS = FULL ? 60 : 8;
  private static final Duration LIMIT = Duration.ofMinutes(FULL ? 5 : 1);

  /** Each client runs so many before the rollout begins, and after it has ended. */
  private static final int TRANSACTIONS_EACH = FULL ? 50 : 5;

  @TempDir Path folder;
  private TestDatabase database;

  @BeforeEach
  void open() {
    boolean oldest = Boolean.getBoolean("tenantgate.trial.oldest");
    database = (oldest ? TestPostgres.oldest() : TestPostgres.latest()).newDatabase();
    // An acknowledged commit must survive a restart, however the server is tuned for tests.
    database.execute("ALTER DATABASE %s SET synchronous_commit = on".formatted(database.name()));
    database.execute(
        "DO $$ BEGIN FOR i IN 0..%d LOOP EXECUTE format('CREATE SCHEMA tenant_t%%s', i);"
                .formatted(TENANTS - 1)
            + " END LOOP; END $$");
  }

  @AfterEach
  void close() {
    database.close();
  }

  private RolloutTrial trial() throws Exception {
    return RolloutTrial.start(folder, database, TENANTS, CLIENTS, FULL, LIMIT);
  }

  @Test
  void noApplicationNoticesARollout() throws Exception {
    try (RolloutTrial trial = trial()) {
      trial.awaitTransactions(TRANSACTIONS_EACH);
      trial.rollOut();
      trial.awaitMigrated(TENANTS);
      trial.awaitTransactions(TRANSACTIONS_EACH);
      trial.stopClients();

      report("a rollout", trial);
      assertNothingWrong(trial);
      assertThat(trial.ledger().timesExcused()).isZero();
    }
  }

  /** As one would: the tenants first, while nothing requires it yet; then the application. */
  @Test
  @EnabledIfSystemProperty(named = "tenantgate.trial", matches = "full")
  void aRolloutAheadOfItsRequirementKeepsNobodyForLonger() throws Exception {
    try (RolloutTrial trial = trial()) {
      trial.awaitTransactions(TRANSACTIONS_EACH);
      trial.rollOutAhead();
      trial.awaitTransactions(TRANSACTIONS_EACH);
      trial.stopClients();

      report("a rollout ahead of its requirement", trial);
      assertNothingWrong(trial);
      assertThat(trial.ledger().timesExcused()).isZero();
    }
  }

  @Test
  void aGatewayThatIsKilledTakesNothingButItsOwnConnectionsWithIt() throws Exception {
    try (RolloutTrial trial = trial()) {
      trial.awaitTransactions(TRANSACTIONS_EACH);
      trial.rollOut();
      trial.awaitMigrated(TENANTS / 4);
      trial.entrances().get(1).kill();

      trial.awaitMigrated(TENANTS);
      trial.awaitTransactions(TRANSACTIONS_EACH);
      trial.stopClients();

      report("a gateway is killed", trial);
      assertNothingWrong(trial);
    }
  }

  @Test
  @EnabledIfSystemProperty(named = "tenantgate.trial", matches = "full")
  void aGatewayThatIsCutOffFromTheDatabaseHarmsNobody() throws Exception {
    try (RolloutTrial trial = trial()) {
      trial.awaitTransactions(TRANSACTIONS_EACH);
      trial.rollOut();
      trial.awaitMigrated(TENANTS / 4);
      trial.cutOff();
      trial.awaitMigrated(TENANTS);
      trial.reconnect();
      trial.awaitTransactions(TRANSACTIONS_EACH);
      trial.stopClients();

      report("a gateway is cut off from the database", trial);
      assertNothingWrong(trial);
    }
  }

  @Test
  @EnabledIfSystemProperty(named = "tenantgate.trial", matches = "full")
  void aDatabaseThatIsRestartedIsGoneOnWith() throws Exception {
    try (RolloutTrial trial = trial()) {
      trial.awaitTransactions(TRANSACTIONS_EACH);
      trial.rollOut();
      trial.awaitMigrated(TENANTS / 4);
      trial.restartDatabase();
      trial.awaitMigrated(TENANTS);
      trial.awaitTransactions(TRANSACTIONS_EACH);
      trial.stopClients();

      report("the database is restarted", trial);
      assertNothingWrong(trial);
    }
  }

  private void assertNothingWrong(RolloutTrial trial) throws Exception {
    TrialLedger ledger = trial.ledger();
    assertThat(ledger.wrong()).as(trial.logs()).isEmpty();
    assertThat(ledger.torn()).as(trial.logs()).isEmpty();
    assertThat(ledger.failures()).as(trial.logs()).isEmpty();
    for (int tenant = 0; tenant < TENANTS; tenant++) {
      long sum =
          Long.parseLong(
              String.valueOf(
                  database.value("SELECT sum(amount) FROM tenant_t%d.accounts".formatted(tenant))));
      assertThat(sum).as("what t%d has", tenant).matches(told(ledger, tenant), "what was told");
    }
  }

  private static Predicate<Long> told(TrialLedger ledger, int tenant) {
    return sum -> ledger.agrees(tenant, sum);
  }

  private static void report(String title, RolloutTrial trial) {
    if (FULL) {
      System.out.println(title + "\n" + new TrialReport(trial).text());
    }
  }
}
