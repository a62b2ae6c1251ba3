package dev.tenantgate.gateway.scan;

import static dev.tenantgate.gateway.scan.SequenceWords.ADVANCES;
import static dev.tenantgate.gateway.scan.SequenceWords.ADVANCES_FIRST;
import static dev.tenantgate.gateway.scan.SequenceWords.READS_CURRENT;
import static dev.tenantgate.gateway.scan.SequenceWords.READS_LAST;
import static dev.tenantgate.gateway.scan.SequenceWords.SETS;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SequenceWordsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SELECT lastval()|" + READS_LAST,
        "select pg_catalog.LASTVAL ( )|" + READS_LAST,
        "SELECT \"currval\"('s')|" + READS_CURRENT,
        "lastval|" + READS_LAST,
        "SELECT mylastval(), lastval_of(), currvals, xcurrval|0",
        "SELECT nextval('s')|" + ADVANCES,
        "SELECT setval('s', 1)|" + (ADVANCES + SETS),
        "insert into t values (1)|" + ADVANCES,
        "  MERGE INTO t|" + ADVANCES,
        "COPY t FROM STDIN|" + ADVANCES,
        "WITH x AS (INSERT INTO t DEFAULT VALUES) SELECT|" + ADVANCES,
        "/* a */ SELECT 1|0",
        "-- a|0",
        "/* a|0",
        "/* trace='1' */ SET TRANSACTION ISOLATION LEVEL SERIALIZABLE|0",
        "/* a /* b */ c */ insert into t values (1)|" + ADVANCES,
        "/* a */ BEGIN; /* b */COPY t FROM STDIN|" + ADVANCES,
        "/ insert|0",
        "BEGIN; INSERT INTO t VALUES (1)|" + ADVANCES,
        "SELECT 'insert', value, over FROM t|0",
        "UPDATE t SET v = 1|0",
        "INSERT INTO t VALUES (1); SELECT lastval()|" + (ADVANCES + READS_LAST + ADVANCES_FIRST),
        "SELECT lastval(); INSERT INTO t VALUES (1)|" + (ADVANCES + READS_LAST),
        "SELECT nextval('s'), currval('s')|" + (ADVANCES + READS_CURRENT + ADVANCES_FIRST),
        "INSERT INTO t VALUES (currval('s'))|" + (ADVANCES + READS_CURRENT + ADVANCES_FIRST),
      })
  void findsWhatReadsAndWhatAdvances(String sql, int expected) {
    for (String around : new String[] {"", "x", "1234567"}) {
      // At each place among eight bytes.
      ByteBuf text =
          Unpooled.wrappedBuffer((around + sql + around).getBytes(StandardCharsets.UTF_8));
      assertThat(
              SequenceWords.in(text, around.length(), sql.getBytes(StandardCharsets.UTF_8).length))
          .as(sql)
          .isEqualTo(expected);
    }
  }
}
