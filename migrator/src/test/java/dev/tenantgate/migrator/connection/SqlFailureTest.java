package dev.tenantgate.migrator.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqlFailureTest {

  @ParameterizedTest
  @CsvSource({
    "55P03, RETRY",
    "40P01, RETRY",
    "40001, RETRY",
    "40002, STATEMENT",
    "42P01, STATEMENT",
    "23505, STATEMENT",
    "08006, CONNECTION",
    "57P01, STATEMENT",
    "0A000, STATEMENT",
    "57014, CANCELLED",
    "TG001, LEASE_LOST",
  })
  void triesAgainOnlyWhatWasInTheWay(String state, SqlFailure.Kind kind) {
    assertThat(SqlFailure.of(new SQLException("no", state)).kind()).isEqualTo(kind);
  }

  @Test
  void looksBehindThePoolsOwnError() {
    SQLException pool =
        new SQLException("not available", null, new SQLException("refused\n  indeed", "08001"));

    SqlFailure failure = SqlFailure.of(pool);

    assertThat(failure.text()).isEqualTo("refused indeed (SQLSTATE 08001)");
  }
}
