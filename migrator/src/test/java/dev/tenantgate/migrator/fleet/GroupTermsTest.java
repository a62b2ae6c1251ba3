package dev.tenantgate.migrator.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.plan.Step;
import dev.tenantgate.migrator.testing.TestChangelog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GroupTermsTest {

  @TempDir Path folder;

  private int mostOf(String sql) {
    Changelog changelog = new TestChangelog(folder).with("00001_it.sql", sql).changelog();
    return GroupTerms.most(List.of(new Step.Apply(changelog.migrations().get(0))), 4);
  }

  @Test
  void smallMigrationsShareATransaction() {
    assertThat(mostOf("ALTER TABLE a ADD b int; CREATE INDEX c ON a (b);"))
        .isEqualTo(GroupSize.MOST);
  }

  @Test
  void theMoreTheyLockTheFewerDo() {
    assertThat(mostOf("CREATE TABLE a (b int);".repeat(8))).isEqualTo(10);
    assertThat(mostOf("CREATE TABLE a (b int);".repeat(200))).isEqualTo(1);
  }

  @Test
  void whatLeavesSomethingBehindOrAsksForTermsOfItsOwnIsAlone() {
    assertThat(mostOf("SELECT 1;")).isEqualTo(1);
    assertThat(mostOf("CREATE TEMP TABLE a (b int);")).isEqualTo(1);
    assertThat(mostOf("-- tenantgate: no-transaction\nALTER TABLE a ADD b int;")).isEqualTo(1);
    assertThat(mostOf("-- tenantgate: lock-timeout=5s\nALTER TABLE a ADD b int;")).isEqualTo(1);
  }

  @Test
  void groupsGiveWayLongBeforeASingleSchemaWould() {
    GroupTerms terms = GroupTerms.of(new TestChangelog(folder).settings());

    assertThat(terms.longest()).isEqualTo(Duration.ofMillis(125));
    assertThat(terms.lockTimeout()).isLessThan(Duration.ofMillis(32));
    assertThat(terms.statementTimeout()).isEqualByComparingTo(terms.longest().dividedBy(2));
  }
}
