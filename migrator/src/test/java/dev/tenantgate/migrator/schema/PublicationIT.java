package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.drain.DrainMark;
import dev.tenantgate.migrator.drain.Membership;
import dev.tenantgate.migrator.drain.MembershipListener;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Publications of all tables, of a database that a gateway is on. */
@Timeout(60)
class PublicationIT {

  private static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");
  private static final String LOGGED_OF_THOSE_ALIVE =
      "SELECT relname FROM pg_class WHERE relnamespace = 'tenantgate'::regnamespace"
          + " AND relname IN ('lease', 'gateway', 'drain', 'drain_ack') AND relpersistence = 'p'";

  @TempDir Path folder;
  TestDatabase database;
  TestChangelog files;
  Migrator migrator;

  @BeforeEach
  void open() {
    database = TestPostgres.latest().newDatabase();
    files = new TestChangelog(folder);
    migrator = newMigrator();
    database.execute(
        "CREATE SCHEMA tenant_acme; CREATE TABLE public.mine (n int PRIMARY KEY);"
            + " CREATE PUBLICATION everything FOR ALL TABLES");
    files.with("00001_a.sql", "CREATE TABLE a (id int PRIMARY KEY);");
  }

  @AfterEach
  void close() {
    migrator.close();
    database.close();
  }

  private Migrator newMigrator() {
    return Migrator.open(
        database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"));
  }

  /** A gateway that has nothing to do. */
  private static final class Idle implements MembershipListener {
    @Override
    public void readOnly(boolean now) {}

    final CountDownLatch vouched = new CountDownLatch(1);

    @Override
    public void drains(List<DrainMark> marks) {}

    @Override
    public int[] backends() {
      return new int[] {1, 2};
    }

    @Override
    public void vouched(long fromNanos, long untilNanos) {
      vouched.countDown();
    }

    @Override
    public void returned() {}

    @Override
    public void alone(String reason) {}
  }

  @Test
  void aSubscriptionGoesOnWhileAGatewayIsThere() throws Exception {
    String slot = "slot_" + database.name();
    try (TestDatabase other = TestPostgres.latest().newDatabase()) {
      other.execute("CREATE TABLE public.mine (n int PRIMARY KEY)");
      database.column("SELECT pg_create_logical_replication_slot('" + slot + "', 'pgoutput')");
      other.execute(
          "CREATE SUBSCRIPTION s_%1$s CONNECTION 'host=127.0.0.1 port=%2$d user=postgres dbname=%1$s'"
                  .formatted(database.name(), database.server().port())
              + " PUBLICATION everything WITH (create_slot = false, slot_name = '%s', copy_data = false)"
                  .formatted(slot));
      try {
        Idle gateway = new Idle();
        Membership membership = migrator.gateways().join(Duration.ofSeconds(3), gateway);
        membership.start();
        gateway.vouched.await();
        database.execute("INSERT INTO public.mine VALUES (1)");

        await().until(() -> other.column("SELECT n FROM public.mine").equals(List.of("1")));
        membership.close();
        database.execute("INSERT INTO public.mine VALUES (2)");
        await().until(() -> other.column("SELECT n FROM public.mine").size() == 2);
      } finally {
        other.execute("ALTER SUBSCRIPTION s_%s DISABLE".formatted(database.name()));
        other.execute("ALTER SUBSCRIPTION s_%s SET (slot_name = NONE)".formatted(database.name()));
        other.execute("DROP SUBSCRIPTION s_" + database.name());
        await()
            .until(
                () ->
                    database
                        .column(
                            "SELECT 1 FROM pg_replication_slots WHERE active AND slot_name = '"
                                + slot
                                + "'")
                        .isEmpty());
        database.column("SELECT pg_drop_replication_slot('" + slot + "')");
      }
    }
  }

  @Test
  void everyTableThatIsPublishedCanBeUpdated() {
    assertThat(migrator.runs().migrate(files.changelog(), ACME, new Target.Latest()))
        .isInstanceOf(SchemaOutcome.Migrated.class);
    files.with("00002_b.sql", "SELECT * FROM missing;");
    assertThat(migrator.runs().migrate(files.changelog(), ACME, new Target.Latest()))
        .isInstanceOf(SchemaOutcome.Failed.class);

    assertThat(database.column(LOGGED_OF_THOSE_ALIVE)).isEmpty();
    assertThat(
            database.column(
                "SELECT c.relname FROM pg_publication_tables p JOIN pg_class c ON c.oid ="
                    + " (quote_ident(schemaname) || '.' || quote_ident(tablename))::regclass"
                    + " WHERE NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid"
                    + " AND i.indisprimary)"))
        .isEmpty();
  }

  @Test
  void aRegistryOfAnEarlierVersionIsChangedInPlace() throws Exception {
    migrator.runs().migrate(files.changelog(), ACME, new Target.Latest());
    for (String table : List.of("lease", "gateway", "drain", "drain_ack")) {
      database.execute("ALTER TABLE tenantgate." + table + " SET LOGGED");
    }
    files.with("00002_b.sql", "CREATE TABLE b (id int);");

    try (Connection busy = database.connect();
        Statement statement = busy.createStatement();
        Migrator later = newMigrator()) {
      // One that is in use stays as it is for now, and keeps nobody from working.
      busy.setAutoCommit(false);
      statement.execute("SELECT 1 FROM tenantgate.drain_ack");
      assertThat(later.runs().migrate(files.changelog(), ACME, new Target.Latest()))
          .isInstanceOf(SchemaOutcome.Migrated.class);
    }
    assertThat(database.column(LOGGED_OF_THOSE_ALIVE)).containsExactly("drain_ack");
    assertThat(database.column("SELECT token FROM tenantgate.lease")).containsExactly("2");
  }
}
