package dev.tenantgate.gateway.pool;

import static dev.tenantgate.gateway.pool.PooledClient.bind;
import static dev.tenantgate.gateway.pool.PooledClient.close;
import static dev.tenantgate.gateway.pool.PooledClient.describe;
import static dev.tenantgate.gateway.pool.PooledClient.execute;
import static dev.tenantgate.gateway.pool.PooledClient.flush;
import static dev.tenantgate.gateway.pool.PooledClient.parse;
import static dev.tenantgate.gateway.pool.PooledClient.sync;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What clients prepare on a backend that they share is each one's own, and lasts as long. */
class PooledStatementsIT extends SharedBackend {

  @Test
  void namedStatementsAreEachClientsOwn() throws IOException {
    String sql = "SELECT m FROM mark";
    assertThat(acme.send(parse("s", sql), sync()).until('Z', 1)).containsExactly("1", "Z I");
    assertThat(globex.send(parse("s", sql), describe("s"), sync()).until('Z', 1))
        .containsExactly("1", "t", "T", "Z I");
    for (int i = 0; i < 3; i++) {
      assertThat(acme.send(bind("s"), execute(), sync()).until('Z', 1)).contains("D acme");
      assertThat(globex.send(bind("s"), execute(), sync()).until('Z', 1)).contains("D globex");
    }
    assertThat(acme.send(parse("s", sql), sync()).until('Z', 1)).containsExactly("E 42P05", "Z I");
    assertThat(
            acme.send(close("s"), parse("s", "SELECT 2"), bind("s"), execute(), sync())
                .until('Z', 1))
        .containsExactly("3", "1", "2", "D 2", "C SELECT 1", "Z I");
    assertThat(acme.query("DEALLOCATE s")).containsExactly("C DEALLOCATE", "Z I");
    assertThat(acme.send(bind("s"), sync()).until('Z', 1)).containsExactly("E 26000", "Z I");
    assertThat(globex.send(bind("s"), execute(), sync()).until('Z', 1)).contains("D globex");
    assertThat(globex.send(parse("", "DEALLOCATE s"), bind(""), execute(), sync()).until('Z', 1))
        .containsExactly("1", "2", "C DEALLOCATE", "Z I");
    assertThat(globex.send(bind("s"), sync()).until('Z', 1)).containsExactly("E 26000", "Z I");
  }

  @Test
  void aParseInAFailedTransactionFailsAlthoughAnotherHasTheStatement() throws IOException {
    globex.query("SET search_path TO tenant_acme");
    globex.send(parse("other", "SELECT m FROM mark"), sync()).until('Z', 1);
    acme.query("BEGIN");
    acme.query("SELECT 1/0");
    assertThat(acme.send(parse("s", "SELECT m FROM mark"), sync()).until('Z', 1))
        .containsExactly("E 25P02", "Z E");
    acme.query("ROLLBACK");
    assertThat(acme.send(bind("s"), sync()).until('Z', 1)).containsExactly("E 26000", "Z I");
    assertThat(globex.send(bind("other"), execute(), sync()).until('Z', 1)).contains("D acme");
  }

  @Test
  void aDiscardThatFailsLeavesEverybodysStatements() throws IOException {
    acme.send(parse("s", "SELECT m FROM mark"), sync()).until('Z', 1);
    acme.query("BEGIN");
    assertThat(acme.query("DISCARD ALL")).containsExactly("E 25001", "Z E");
    acme.query("ROLLBACK");
    assertThat(acme.send(parse("", "SELECT 1/0"), bind(""), execute(), flush()).until('E', 1))
        .contains("E 22012");
    assertThat(acme.send(parse("d", "DISCARD ALL"), bind("d"), execute(), sync()).until('Z', 1))
        .containsExactly("Z I");

    assertThat(mark(globex)).isEqualTo("globex");
    assertThat(acme.send(bind("s"), execute(), sync()).until('Z', 1)).contains("D acme");
    assertThat(mark(globex)).isEqualTo("globex");
  }

  @Test
  void aDiscardEndsTheClientsStatementsAndNobodyElses() throws IOException {
    for (PooledClient each : new PooledClient[] {acme, globex}) {
      each.send(parse("s", "SELECT m FROM mark"), sync()).until('Z', 1);
    }
    assertThat(
            acme.send(
                    parse("", "DISCARD ALL"),
                    bind(""),
                    parse("s", "SELECT 7"),
                    execute(),
                    bind("s"),
                    sync())
                .until('Z', 1))
        .last()
        .isEqualTo("Z I");
    assertThat(acme.query("DEALLOCATE ALL")).containsExactly("C DEALLOCATE ALL", "Z I");
    assertThat(acme.send(bind("s"), sync()).until('Z', 1)).containsExactly("E 26000", "Z I");
    assertThat(globex.send(bind("s"), execute(), sync()).until('Z', 1)).contains("D globex");
    assertThat(acme.query("DEALLOCATE tenantgate_set")).containsExactly("E 26000", "Z I");
    assertThat(mark(globex)).isEqualTo("globex");
    assertThat(mark(acme)).isEqualTo("acme");
  }

  @Test
  void aParseThatFailsOrIsSkippedLeavesNoStatement() throws IOException {
    assertThat(
            acme.send(
                    parse("bad", "SELECT nope"),
                    parse("skipped", "SELECT 1"),
                    sync(),
                    bind("skipped"),
                    execute(),
                    sync())
                .until('Z', 2)
                .get(0))
        .isEqualTo("E 42703");
    assertThat(acme.send(parse("bad", "SELECT 5"), bind("bad"), execute(), sync()).until('Z', 1))
        .containsExactly("1", "2", "D 5", "C SELECT 1", "Z I");
    assertThat(globex.send(parse("bad", "SELECT 5"), sync()).until('Z', 1))
        .containsExactly("1", "Z I");
  }

  @Test
  void theUnnamedStatementOutlivesItsTransaction() throws IOException {
    acme.send(parse("", "SELECT m FROM mark"), sync()).until('Z', 1);
    assertThat(globex.send(bind(""), sync()).until('Z', 1)).containsExactly("E 26000", "Z I");
    globex.send(parse("", "SELECT 'globex'"), sync()).until('Z', 1);
    assertThat(acme.send(bind(""), execute(), sync()).until('Z', 1))
        .containsExactly("2", "D acme", "C SELECT 1", "Z I");
    assertThat(globex.send(bind(""), execute(), sync()).until('Z', 1)).contains("D globex");
  }

  @Test
  void sqlExecutesAndDropsWhatTheProtocolHasPrepared() throws IOException {
    acme.send(parse("s", "SELECT m FROM mark"), parse("plus", "SELECT $1::int + 1"), sync())
        .until('Z', 1);
    globex.send(parse("s", "SELECT m || '!' FROM mark"), sync()).until('Z', 1);
    for (int i = 0; i < 2; i++) {
      assertThat(acme.query("EXECUTE s")).containsExactly("T", "D acme", "C SELECT 1", "Z I");
      assertThat(globex.query("EXECUTE s")).contains("D globex!");
      assertThat(acme.query("EXECUTE plus(1); EXECUTE plus(2)"))
          .containsExactly("T", "D 2", "C SELECT 1", "T", "D 3", "C SELECT 1", "Z I");
      assertThat(acme.query("EXPLAIN (COSTS OFF) EXECUTE plus(1)")).contains("D Result");
      assertThat(acme.send(parse("", "EXECUTE plus(7)"), bind(""), execute(), sync()).until('Z', 1))
          .containsExactly("1", "2", "D 8", "C SELECT 1", "Z I");
      assertThat(acme.query("EXECUTE nothing")).containsExactly("E 26000", "Z I");
      assertThat(globex.query("EXECUTE plus(1)")).containsExactly("E 26000", "Z I");
      assertThat(globex.send(bind("plus"), sync()).until('Z', 1)).containsExactly("E 26000", "Z I");
    }
    acme.send(parse("named", "EXECUTE plus(4)"), describe("named"), sync()).until('Z', 1);
    assertThat(mark(globex)).isEqualTo("globex");
    assertThat(acme.send(bind("named"), execute(), sync()).until('Z', 1)).contains("D 5");

    acme.query("BEGIN");
    assertThat(acme.query("EXECUTE plus(1)")).contains("D 2", "Z T");
    assertThat(acme.query("EXECUTE plus('x')")).containsExactly("E 22P02", "Z E");
    assertThat(acme.query("EXECUTE plus(1)")).containsExactly("E 25P02", "Z E");
    acme.query("ROLLBACK");
    assertThat(acme.query("DEALLOCATE s; SELECT 1; DEALLOCATE plus"))
        .containsExactly("C DEALLOCATE", "T", "D 1", "C SELECT 1", "C DEALLOCATE", "Z I");
    assertThat(acme.send(bind("s"), sync()).until('Z', 1)).containsExactly("E 26000", "Z I");
    assertThat(acme.query("EXECUTE plus(1)")).containsExactly("E 26000", "Z I");
    assertThat(globex.query("EXECUTE s")).contains("D globex!");
    assertThat(
            globex.value("SELECT count(*) FROM pg_prepared_statements WHERE name IN ('s', 'plus')"))
        .isEqualTo("0");
    assertThat(acme.send(parse("s", "SELECT 3"), bind("s"), execute(), sync()).until('Z', 1))
        .contains("D 3");
  }
}
