package dev.tenantgate.gateway.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.testing.BothModes;
import dev.tenantgate.gateway.testing.wire.SocketClient;

/**
 * Each client's prepared statements are its own, and last as long as in PostgreSQL: on a backend of
 * its own, and on one that clients share.
 */
class StatementsIT extends SharedBackend {

  @BothModes
  void namedStatementsAreEachClientsOwn(String mode) {
    connect(mode);
    String sql = "SELECT m FROM mark";
    acme.sends("P s " + sql, "S").gets("1", "Z I");
    globex.sends("P s " + sql, "D S s", "S").gets("1", "t", "T", "Z I");
    for (int i = 0; i < 3; i++) {
      assertThat(acme.sends("B s", "E", "S").until('Z')).contains("D acme");
      assertThat(globex.sends("B s", "E", "S").until('Z')).contains("D globex");
    }
    acme.sends("P s " + sql, "S").gets("E 42P05", "Z I");
    acme.sends("C S s", "P s SELECT 2", "B s", "E", "S")
        .gets("3", "1", "2", "D 2", "C SELECT 1", "Z I");
    acme.sends("Q DEALLOCATE s").gets("C DEALLOCATE", "Z I");
    acme.sends("B s", "S").gets("E 26000", "Z I");
    assertThat(globex.sends("B s", "E", "S").until('Z')).contains("D globex");
    globex.sends("P - DEALLOCATE s", "B -", "E", "S").gets("1", "2", "C DEALLOCATE", "Z I");
    globex.sends("B s", "S").gets("E 26000", "Z I");
  }

  @BothModes
  void aParseInAFailedTransactionFailsAlthoughAnotherHasTheStatement(String mode) {
    connect(mode);
    globex.query("SET search_path TO tenant_acme");
    globex.sends("P other SELECT m FROM mark", "S").until('Z');
    acme.query("BEGIN");
    acme.query("SELECT 1/0");
    acme.sends("P s SELECT m FROM mark", "S").gets("E 25P02", "Z E");
    acme.query("ROLLBACK");
    acme.sends("B s", "S").gets("E 26000", "Z I");
    assertThat(globex.sends("B other", "E", "S").until('Z')).contains("D acme");
  }

  @BothModes
  void aDiscardThatFailsLeavesEverybodysStatements(String mode) {
    connect(mode);
    acme.sends("P s SELECT m FROM mark", "S").until('Z');
    acme.query("BEGIN");
    acme.sends("Q DISCARD ALL").gets("E 25001", "Z E");
    acme.query("ROLLBACK");
    assertThat(acme.sends("P - SELECT 1/0", "B -", "E", "H").until('E')).contains("E 22012");
    acme.sends("P d DISCARD ALL", "B d", "E", "S").gets("Z I");

    assertThat(mark(globex)).isEqualTo("globex");
    assertThat(acme.sends("B s", "E", "S").until('Z')).contains("D acme");
    assertThat(mark(globex)).isEqualTo("globex");
  }

  @BothModes
  void aDiscardEndsTheClientsStatementsAndNobodyElses(String mode) {
    connect(mode);
    for (SocketClient each : new SocketClient[] {acme, globex}) {
      each.sends("P s SELECT m FROM mark", "S").until('Z');
    }
    assertThat(acme.sends("P - DISCARD ALL", "B -", "P s SELECT 7", "E", "B s", "S").until('Z'))
        .last()
        .isEqualTo("Z I");
    acme.sends("Q DEALLOCATE ALL").gets("C DEALLOCATE ALL", "Z I");
    acme.sends("B s", "S").gets("E 26000", "Z I");
    assertThat(globex.sends("B s", "E", "S").until('Z')).contains("D globex");
    acme.sends("Q DEALLOCATE tenantgate_set").gets("E 26000", "Z I");
    assertThat(mark(globex)).isEqualTo("globex");
    assertThat(mark(acme)).isEqualTo("acme");
  }

  @BothModes
  void aParseThatFailsOrIsSkippedLeavesNoStatement(String mode) {
    connect(mode);
    assertThat(
            acme.sends("P bad SELECT nope", "P skipped SELECT 1", "S", "B skipped", "E", "S")
                .until('Z', 2)
                .get(0))
        .isEqualTo("E 42703");
    acme.sends("P bad SELECT 5", "B bad", "E", "S").gets("1", "2", "D 5", "C SELECT 1", "Z I");
    globex.sends("P bad SELECT 5", "S").gets("1", "Z I");
  }

  @BothModes
  void theErrorOfABindHasTheClientsNameOfTheStatement(String mode) {
    connect(mode);
    globex.sends("P their_name SELECT $1::int", "S").until('Z');
    acme.sends("P s SELECT $1::int", "S").until('Z');
    for (int i = 0; i < 2; i++) {
      assertThat(globex.sends("B their_name", "S").read().field('M'))
          .isEqualTo(
              "bind message supplies 0 parameters, but prepared statement \"their_name\" requires"
                  + " 1");
      globex.gets("Z I");
      assertThat(acme.sends("B s 1|2", "C S s", "P s SELECT 1", "S").read().field('M'))
          .isEqualTo("bind message supplies 2 parameters, but prepared statement \"s\" requires 1");
      acme.gets("Z I");
    }
  }

  @BothModes
  void theUnnamedStatementOutlivesItsTransaction(String mode) {
    connect(mode);
    acme.sends("P - SELECT m FROM mark", "S").until('Z');
    globex.sends("B -", "S").gets("E 26000", "Z I");
    globex.sends("P - SELECT 'globex'", "S").until('Z');
    acme.sends("B -", "E", "S").gets("2", "D acme", "C SELECT 1", "Z I");
    assertThat(globex.sends("B -", "E", "S").until('Z')).contains("D globex");
  }

  @BothModes
  void sqlExecutesAndDropsWhatTheProtocolHasPrepared(String mode) {
    connect(mode);
    acme.sends("P s SELECT m FROM mark", "P plus SELECT $1::int + 1", "S").until('Z');
    globex.sends("P s SELECT m || '!' FROM mark", "S").until('Z');
    for (int i = 0; i < 2; i++) {
      acme.sends("Q EXECUTE s").gets("T", "D acme", "C SELECT 1", "Z I");
      assertThat(globex.query("EXECUTE s")).contains("D globex!");
      acme.sends("Q EXECUTE plus(1); EXECUTE plus(2)")
          .gets("T", "D 2", "C SELECT 1", "T", "D 3", "C SELECT 1", "Z I");
      assertThat(acme.query("EXPLAIN (COSTS OFF) EXECUTE plus(1)")).contains("D Result");
      acme.sends("P - EXECUTE plus(7)", "B -", "E", "S").gets("1", "2", "D 8", "C SELECT 1", "Z I");
      acme.sends("Q EXECUTE nothing").gets("E 26000", "Z I");
      globex.sends("Q EXECUTE plus(1)").gets("E 26000", "Z I");
      globex.sends("B plus", "S").gets("E 26000", "Z I");
    }
    acme.sends("P named EXECUTE plus(4)", "D S named", "S").until('Z');
    assertThat(mark(globex)).isEqualTo("globex");
    assertThat(acme.sends("B named", "E", "S").until('Z')).contains("D 5");

    acme.query("BEGIN");
    assertThat(acme.query("EXECUTE plus(1)")).contains("D 2", "Z T");
    acme.sends("Q EXECUTE plus('x')").gets("E 22P02", "Z E");
    acme.sends("Q EXECUTE plus(1)").gets("E 25P02", "Z E");
    acme.query("ROLLBACK");
    acme.sends("Q DEALLOCATE s; SELECT 1; DEALLOCATE plus")
        .gets("C DEALLOCATE", "T", "D 1", "C SELECT 1", "C DEALLOCATE", "Z I");
    acme.sends("B s", "S").gets("E 26000", "Z I");
    acme.sends("Q EXECUTE plus(1)").gets("E 26000", "Z I");
    assertThat(globex.query("EXECUTE s")).contains("D globex!");
    // On a backend that they share, statements have other names.
    assertThat(
            globex.value("SELECT count(*) FROM pg_prepared_statements WHERE name IN ('s', 'plus')"))
        .isEqualTo(mode.equals("session") ? "1" : "0");
    assertThat(acme.sends("P s SELECT 3", "B s", "E", "S").until('Z')).contains("D 3");
  }
}
