package dev.tenantgate.gateway.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.gateway.scan.LexicalRules;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.SqlScan;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which exchanges are known to end their transaction before the server has answered. */
class PredictedEndTest {

  private final PredictedEnd end = new PredictedEnd();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "false | SET work_mem TO '8MB'                    | true",
        "true  | SET work_mem TO '8MB'                    | false",
        "false | BEGIN                                    | false",
        "false | BEGIN; SET a.b TO 1                      | false",
        "false | BEGIN; SET a.b TO 1; COMMIT              | true",
        "false | BEGIN; SET a.b TO 1; COMMIT AND CHAIN    | false",
        "false | COMMIT; BEGIN                            | false",
        "true  | COMMIT                                   | true",
        "true  | commit work                              | true",
        "true  | END TRANSACTION                          | true",
        "true  | COMMIT AND NO CHAIN                      | true",
        "true  | COMMIT AND CHAIN                         | false",
        "true  | END AND CHAIN                            | false",
        "true  | /* x */ rollback;                        | true",
        "true  | ABORT                                    | true",
        "true  | ROLLBACK WORK AND CHAIN                  | false",
        "true  | ROLLBACK TO s                            | false",
        "true  | ROLLBACK TO SAVEPOINT s                  | false",
        "true  | SAVEPOINT s                              | false",
        "true  | RELEASE s                                | false",
        "true  | PREPARE TRANSACTION 'x'                  | true",
        "true  | COMMIT PREPARED 'x'                      | false",
        "true  | ROLLBACK PREPARED 'x'                    | false",
        "true  | COMMIT; SET a.b TO 1                     | true",
        "false | START TRANSACTION                        | false",
        "false | DISCARD ALL                              | true",
        "false | DO $$ BEGIN NULL; END $$                 | true",
        "false | CALL p()                                 | true",
        "false | DO $$ BEGIN COPY t FROM 'f'; END $$      | false",
        "false | SET a.b TO 1; COPY t FROM STDIN          | false",
        "false | EXECUTE s                                | false",
        "false | EXPLAIN ANALYZE EXECUTE s                | false",
      })
  void aQueryEndsItsTransaction(boolean block, String sql, boolean ends) {
    end.begins(true, block);
    query(sql);

    assertThat(end.take()).isEqualTo(ends);
    assertThat(end.take()).isFalse();
  }

  @Test
  void anExchangeBehindOneThatIsUnansweredIsNotPredicted() {
    end.begins(false, false);
    query("SET a.b TO 1");

    assertThat(end.take()).isFalse();
  }

  @Test
  void aBatchEndsItsTransactionWithItsSync() {
    end.begins(true, false);
    run("SET a.b TO 1");
    assertThat(end.take()).isFalse();
    end.sync();

    assertThat(end.take()).isTrue();
  }

  @Test
  void aBatchThatBeginsATransactionDoesNot() {
    end.begins(true, false);
    run("BEGIN");
    run("SET a.b TO 1");
    end.sync();

    assertThat(end.take()).isFalse();
  }

  @Test
  void aBatchOfAWholeTransactionDoes() {
    end.begins(true, false);
    for (String sql : List.of("BEGIN", "SET a.b TO 1", "COMMIT")) {
      run(sql);
    }
    end.sync();

    assertThat(end.take()).isTrue();
  }

  /** The transaction goes on where the COMMIT was only bound. */
  @Test
  void aCommitThatIsNotExecutedEndsNothing() {
    end.begins(true, true);
    parseAndBind("COMMIT", true);
    end.sync();

    assertThat(end.take()).isFalse();
  }

  @Test
  void aPortalWithANameMayBeAnything() {
    end.begins(true, false);
    run("SET a.b TO 1");
    parseAndBind("SET a.b TO 1", false);
    end.execute(false);
    end.sync();

    assertThat(end.take()).isFalse();
  }

  @Test
  void aPortalIsFollowedOnce() {
    end.begins(true, false);
    run("SET a.b TO 1");
    end.execute(true);
    end.sync();

    assertThat(end.take()).isFalse();
  }

  @Test
  void anUnnamedStatementOfAnEarlierBatchMayCopy() {
    end.begins(true, false);
    run("SET a.b TO 1");
    end.sync();
    end.begins(true, false);
    end.bind(scan("SET a.b TO 1"), end.isUnnamedKnown());
    end.execute(true);
    end.sync();

    assertThat(end.take()).isFalse();
  }

  @Test
  void aTextThatMayCopyIsNotFollowed() {
    end.begins(true, false);
    run("SET a.b TO 1");
    run("COPY t FROM STDIN");
    end.sync();

    assertThat(end.take()).isFalse();
  }

  @Test
  void aSyncAloneEndsNothing() {
    end.sync();

    assertThat(end.take()).isFalse();
  }

  private void run(String sql) {
    parseAndBind(sql, true);
    end.execute(true);
  }

  private void parseAndBind(String sql, boolean unnamed) {
    ByteBuf in = bytes(sql);
    end.parse(in, 0, in.readableBytes());
    end.bind(scan(sql), unnamed && end.isUnnamedKnown());
  }

  private void query(String sql) {
    ByteBuf in = bytes(sql);
    end.query(scan(sql), in, 0, in.readableBytes());
  }

  private static ScannedQuery scan(String sql) {
    ByteBuf in = bytes(sql);
    return SqlScan.scan(in, 0, in.readableBytes(), LexicalRules.DEFAULT);
  }

  private static ByteBuf bytes(String sql) {
    return Unpooled.wrappedBuffer(sql.getBytes(StandardCharsets.UTF_8));
  }
}
