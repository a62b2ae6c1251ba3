package dev.tenantgate.gateway.scan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.protocol.TransactionStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SessionSettingsTest {

  private final SessionSettings settings = new SessionSettings();

  /** Statements of one text, each succeeding; {@code !} fails. */
  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      value = {
        "SET x = 1 => 1",
        "SET x = 1; SET x = 2 => 2",
        "SET x = 1; RESET x => -",
        "SET x = 1; SET x TO DEFAULT => -",
        "SET x = 1; RESET ALL => -",
        "SET x = 1; DISCARD ALL => -",
        "SET LOCAL x = 1 => -",
        "SET x = 1; SET LOCAL x = 2; COMMIT => 1",
        "BEGIN; SET x = 1; SET LOCAL x = 2 => 2",
        "BEGIN; SET x = 1; SET LOCAL x TO DEFAULT => -",
        "BEGIN; SET x = 1; SET LOCAL x TO DEFAULT; COMMIT => 1",
        "BEGIN; SET LOCAL x = 2; SET x = 1 => 1",
        "BEGIN; SET LOCAL x = 2; SET x = 1; COMMIT => 1",
        "SET x = 1; BEGIN; SET x = 2; ROLLBACK => -",
        "SET x = 1; COMMIT; BEGIN; SET x = 2; ROLLBACK => 1",
        "SET x = 1; ! => -",
        "BEGIN; SET x = 1; !; COMMIT => -",
        "BEGIN; SET x = 1; COMMIT; SET x = 2; ! => 1",
        "BEGIN; SET x = 1; SAVEPOINT s; SET x = 2; ROLLBACK TO s => 1",
        "BEGIN; SET x = 1; SAVEPOINT s; SET x = 2; !; ROLLBACK TO s; COMMIT => 1",
        "BEGIN; SAVEPOINT s; SET x = 2; RELEASE s; COMMIT => 2",
        "BEGIN; SAVEPOINT s; SET LOCAL x = 2; RELEASE s => 2",
        "BEGIN; SAVEPOINT s; SET x = 1; SAVEPOINT t; SET x = 2; ROLLBACK TO s => -",
        "BEGIN; SAVEPOINT s; SET x = 1; SAVEPOINT s; SET x = 2; ROLLBACK TO s => 1",
        "BEGIN; SAVEPOINT s; SET x = 1; ROLLBACK TO s; SET x = 3; COMMIT => 3",
        "BEGIN; SET x = 1; COMMIT AND CHAIN; SET x = 2; ROLLBACK => 1",
        "BEGIN; SET x = 1; PREPARE TRANSACTION 'p' => 1",
      })
  void asTheServerHasThem(String sql, String value) {
    run(sql);

    Operand found = settings.value("x");
    assertThat(found instanceof Operand.Literal literal ? literal.text() : "-").isEqualTo(value);
  }

  private void run(String sql) {
    boolean inBlock = false;
    boolean failed = false;
    for (String statement : sql.split(";", -1)) {
      if (statement.contains("!")) {
        settings.failed();
        failed = inBlock;
        continue;
      }
      for (ScannedQuery.Step step : Effects.scan(statement.strip()).steps()) {
        SessionEffect effect = step.effect();
        settings.apply(effect);
        if (effect instanceof SessionEffect.Begin) {
          inBlock = true;
        } else if (effect instanceof SessionEffect.Commit commit) {
          inBlock = commit.chain();
        } else if (effect instanceof SessionEffect.Rollback
            || effect instanceof SessionEffect.PrepareTransaction) {
          inBlock = false;
        } else if (effect instanceof SessionEffect.RollbackToSavepoint) {
          failed = false;
        }
      }
    }
    settings.ready(
        !inBlock
            ? TransactionStatus.IDLE
            : failed ? TransactionStatus.FAILED : TransactionStatus.IN_TRANSACTION);
  }

  @Test
  void whoBecomesAnotherUserTakesOffTheRole() {
    run("SET ROLE bob; SET SESSION AUTHORIZATION alice");

    assertThat(settings.value("role")).isNull();
  }

  @Test
  void resetAllLeavesTheUserAlone() {
    run("SET ROLE bob; SET x = 1; RESET ALL");

    assertThat(settings.value("role")).isEqualTo(new Operand.Literal("bob"));
    assertThat(settings.sessionValues()).containsOnlyKeys("role");
  }

  @Test
  void aCopyGoesOnByItself() {
    run("BEGIN; SET x = 1");
    SessionSettings copy = settings.copy();
    copy.apply(new SessionEffect.Rollback(false));

    assertThat(copy.value("x")).isNull();
    assertThat(settings.value("x")).isEqualTo(new Operand.Literal("1"));
  }
}
