package dev.tenantgate.migrator.announce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.MigrationListener;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two migrators on one database: what one does, the other hears. */
class ChangeFeedIT {

  private static final SchemaPattern PATTERN = SchemaPattern.parse("tenant_{tenant}");
  private static final String LISTENERS =
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE"
          + " 'LISTEN%'";

  @TempDir Path folder;
  private final List<SchemaRef> heard = new CopyOnWriteArrayList<>();
  private final AtomicInteger beginnings = new AtomicInteger();
  private final SchemaRef acme = new SchemaRef("tenant_acme", "acme");
  private TestDatabase database;
  private Changelog changelog;
  private Migrator here;
  private Migrator elsewhere;

  @BeforeEach
  void listen() {
    database = TestPostgres.latest().newDatabase();
    TestChangelog files = new TestChangelog(folder);
    changelog =
        files
            .with(
                "1_a.sql",
                "-- UP MIGRATION\nCREATE TABLE a ();\n-- DOWN MIGRATION\nDROP TABLE a;\n")
            .changelog();
    here = Migrator.open(database.settings(), files.settings(), PATTERN);
    elsewhere = Migrator.open(database.settings(), files.settings(), PATTERN);
    here.gateways()
        .follow(
            new ChangeListener() {
              @Override
              public void changed(SchemaRef schema) {
                heard.add(schema);
              }

              @Override
              public void listening() {
                beginnings.incrementAndGet();
              }
            });
    await().until(() -> beginnings.get() == 1);
  }

  @AfterEach
  void close() {
    here.close();
    elsewhere.close();
    database.close();
  }

  @Test
  void upAndDownAndCreationAreHeardOf() {
    elsewhere.tenants().create(changelog, "acme");
    await().untilAsserted(() -> assertThat(heard).containsExactly(acme));

    elsewhere.runs().run(changelog, acme, new Goal.Down(null), MigrationListener.NONE);
    await().untilAsserted(() -> assertThat(heard).containsExactly(acme, acme));

    elsewhere.runs().migrate(changelog, acme, new Target.Latest());
    await().untilAsserted(() -> assertThat(heard).containsExactly(acme, acme, acme));
  }

  @Test
  void whatIsDoneHereIsNot() {
    here.tenants().create(changelog, "globex");
    elsewhere.tenants().create(changelog, "acme");

    await().untilAsserted(() -> assertThat(heard).containsExactly(acme));
  }

  @Test
  void aBrokenConnectionIsMadeAnewAndSaysSo() {
    for (String pid : database.column(LISTENERS)) {
      database.execute("SELECT pg_terminate_backend(" + pid + ")");
    }
    await().until(() -> beginnings.get() == 2);

    elsewhere.tenants().create(changelog, "acme");
    await().untilAsserted(() -> assertThat(heard).containsExactly(acme));
  }
}
