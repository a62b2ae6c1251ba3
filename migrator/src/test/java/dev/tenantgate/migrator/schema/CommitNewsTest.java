package dev.tenantgate.migrator.schema;

import static dev.tenantgate.migrator.schema.ScriptedSchema.ACME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.announce.Completion;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.session.WorkerSession;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link CommitNews}: who is told of a commit, when, and how often. */
class CommitNewsTest {

  private static final SchemaHistory HISTORY = SchemaHistory.noTable(ACME);
  private static final Completion COMPLETION =
      new Completion("tenant_acme", 11, "a-proof", "a-digest", List.of(1L, 2L));

  @TempDir Path folder;
  private final List<SchemaHistory> told = new ArrayList<>();
  private ScriptedSchema schema;
  private SchemaContext context;
  private Connection connection;
  private WorkerSession session;

  @BeforeEach
  void open() throws Exception {
    schema = new ScriptedSchema(folder).with("001_a.sql", "SELECT 1;");
    context = schema.context();
    connection = context.connections().borrow();
    session = context.sessions().session(connection, run().control());
    schema.server.forgetSent();
  }

  @AfterEach
  void close() throws Exception {
    connection.close();
    schema.close();
  }

  private SchemaRun run() {
    return SchemaRun.alone(
        context,
        schema.files.changelog(),
        ACME,
        new Goal.Up(new Target.Latest()),
        new MigrationListener() {
          @Override
          public void committed(SchemaHistory history) {
            told.add(history);
          }
        });
  }

  private CommitNews news(@Nullable SchemaHistory history, @Nullable Completion completion) {
    return new CommitNews(context.announcer(), run(), session, history, completion);
  }

  @Test
  void gatewaysThatHoldTransactionsAreToldWhatIsDone() {
    assertThat(news(HISTORY, COMPLETION).sql())
        .contains("pg_notify", "done scripted 11 a-proof a-digest 1,2 tenant_acme");
  }

  @Test
  void gatewaysThatHaveToLookAreToldThatItChanged() {
    assertThat(news(HISTORY, null).sql())
        .contains("pg_notify", "tenant_acme")
        .doesNotContain("done scripted");
  }

  @Test
  void thisProcessIsToldBeforeTheAnnouncementIsAnswered() {
    CommitNews news = news(HISTORY, COMPLETION);

    news.answered();

    assertThat(told).containsExactly(HISTORY);
  }

  @Test
  void thisProcessIsToldOnce() {
    CommitNews news = news(HISTORY, COMPLETION);
    news.answered();

    assertThat(news.committed()).isTrue();
    assertThat(told).containsExactly(HISTORY);
    assertThat(schema.server.sent()).isEmpty();
  }

  @Test
  void commitWithoutAnAnnouncementIsToldHereAlone() {
    assertThat(news(HISTORY, null).committed()).isFalse();
    assertThat(told).containsExactly(HISTORY);
  }

  @Test
  void historyThatIsNotKnownIsNotTold() {
    CommitNews news = news(null, null);
    news.answered();

    assertThat(news.committed()).isTrue();
    assertThat(told).isEmpty();
  }

  @Test
  void failedAnnouncementIsRolledBackAndTheSessionGoesOn() {
    CommitNews news = news(HISTORY, COMPLETION);
    news.answered();
    news.failed(new SQLException("the queue is full", "54000"));

    assertThat(news.committed()).isFalse();
    assertThat(schema.server.sent()).containsExactly("ROLLBACK");
    assertThat(session.isClean()).isTrue();
    assertThat(context.announcer().isUnsupported()).isFalse();
  }

  @Test
  void connectionThatIsLostOverTheAnnouncementIsNotUsedAgain() {
    CommitNews news = news(HISTORY, COMPLETION);
    news.answered();
    news.failed(new SQLException("the connection is gone", "08006"));

    assertThat(news.committed()).isFalse();
    assertThat(schema.server.sent()).isEmpty();
    assertThat(session.isClean()).isFalse();
    assertThat(told).containsExactly(HISTORY);
  }

  @Test
  void serverWithoutAnnouncementsIsNotAskedForThemAgain() {
    CommitNews news = news(HISTORY, COMPLETION);
    news.answered();
    news.failed(new SQLException("NOTIFY isn't implemented", "0A000"));

    assertThat(news.committed()).isFalse();
    assertThat(context.announcer().isUnsupported()).isTrue();
  }
}
