package dev.tenantgate.migrator.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.connection.SqlFailure;
import dev.tenantgate.migrator.history.Bookkeeping.HeldLease;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Both ways to keep the books leave the same rows, and fail with the same error. */
class BookkeepingIT {

  private static final SchemaRef ACME = new SchemaRef("tenant_acme", "acme");

  private TestDatabase database;
  private Connection connection;

  static Stream<Bookkeeping> both() {
    return Stream.of(Bookkeeping.SENT, Bookkeeping.CALLED);
  }

  @BeforeEach
  void createRegistry() throws Exception {
    database = TestPostgres.latest().newDatabase();
    connection = database.connect();
    Registry.create(connection);
    RegistryFunctions.create(connection, HistoryName.STANDARD);
    execute(
        "INSERT INTO tenantgate.lease (schema_name, holder, token, acquired_at, expires_at)"
            + " VALUES ('tenant_acme', 'me', 3, now(), now())");
  }

  @AfterEach
  void close() throws Exception {
    connection.close();
    database.close();
  }

  @ParameterizedTest
  @MethodSource("both")
  void heldLeaseIsExtendedOrGivenBack(Bookkeeping books) throws Exception {
    execute(books.confirmLease(ACME, new HeldLease("me", 3, 60_000L)));
    assertThat(value("SELECT holder || (expires_at > now()) FROM tenantgate.lease"))
        .isEqualTo("metrue");

    execute(books.confirmLease(ACME, new HeldLease("me", 3, null)));
    assertThat(value("SELECT count(*) FROM tenantgate.lease WHERE holder IS NULL")).isEqualTo("1");
  }

  @ParameterizedTest
  @MethodSource("both")
  void lostLeaseFailsTheTransaction(Bookkeeping books) {
    for (HeldLease lost :
        new HeldLease[] {
          new HeldLease("me", 2, 60_000L), new HeldLease("other", 3, null),
        }) {
      SQLException error =
          catchThrowableOfType(SQLException.class, () -> execute(books.confirmLease(ACME, lost)));

      SqlFailure failure = SqlFailure.of(error, connection);
      assertThat(failure.kind()).isEqualTo(SqlFailure.Kind.LEASE_LOST);
      assertThat(failure.text()).contains(SqlFailure.leaseLost("tenant_acme"));
    }
    assertThat(
            SqlFailure.of(
                    catchThrowableOfType(SQLException.class, () -> execute("SELECT 'x'::integer")),
                    connection)
                .kind())
        .isEqualTo(SqlFailure.Kind.STATEMENT);
  }

  @ParameterizedTest
  @MethodSource("both")
  void journalAndRegistryHaveTheSameRows(Bookkeeping books) throws Exception {
    execute(books.recordStep(ACME, new Version(7), "it's", "apply", "a@b", "12"));
    execute(books.recordState(ACME, new Version(7), 2, "digest"));
    execute(books.recordState(ACME, null, 0, "none"));

    assertThat(
            value(
                "SELECT concat_ws(',', schema_name, version, name, action, execution_time_ms,"
                    + " error_message, done_by = 'a@b as ' || session_user) FROM"
                    + " tenantgate.journal"))
        .isEqualTo("tenant_acme,7,it's,apply,12,t");
    assertThat(
            value(
                "SELECT concat_ws(',', schema_name, tenant, version, applied, history_digest) FROM"
                    + " tenantgate.schema_state"))
        .isEqualTo("tenant_acme,acme,0,none");
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET search_path = pg_catalog, pg_temp");
      statement.execute(sql);
    }
  }

  private String value(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }
}
