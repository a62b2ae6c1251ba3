package dev.tenantgate.migrator.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.testing.ScriptedServer.Drop;
import dev.tenantgate.migrator.testing.ScriptedServer.Failure;
import dev.tenantgate.migrator.testing.ScriptedServer.Rows;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An {@link Interruption}: indexes, partitions and other leftovers of a statement. */
class InterruptionTest {

  private static final String INDEX = "CREATE INDEX CONCURRENTLY i ON a (id);";
  private static final String INDEXES = "FROM pg_catalog.pg_index x\nJOIN";
  private static final String UNNAMED = "CREATE INDEX CONCURRENTLY ON a (id);";
  private static final String COPY = "tenantgate_copy_42";
  private static final String SAME = "pg_catalog.count(DISTINCT (s.u, s.d))";

  @TempDir Path folder;
  private ScriptedSchema schema;

  @BeforeEach
  void open() {
    schema = new ScriptedSchema(folder);
    schema.with("001_i.sql", INDEX);
  }

  @AfterEach
  void close() {
    schema.close();
  }

  private int placeOf(String part) {
    List<String> sent = schema.server.sent();
    for (int i = 0; i < sent.size(); i++) {
      if (sent.get(i).contains(part)) {
        return i;
      }
    }
    return -1;
  }

  @Test
  void indexThatIsThereAndValidIsNotBuiltAgain() throws Exception {
    schema.server.row(INDEXES, "42", "tenant_acme", "i", "t", "0");
    schema.server.row("CREATE TABLE \"tenantgate_copy_42\"", "t");
    schema.server.row("pg_catalog.count(DISTINCT (s.u, s.d))", "t");

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.server.sent("CREATE INDEX CONCURRENTLY i ON a")).isEmpty();
    assertThat(schema.message("tenantgate_copy_42"))
        .contains("CREATE TABLE \"tenantgate_copy_42\" (LIKE a)", "ROLLBACK");
    assertThat(schema.history.get(1L)).contains("success");
  }

  @Test
  void validIndexOfAnotherDefinitionIsLeftToTheServer() throws Exception {
    schema.server.row(INDEXES, "42", "tenant_acme", "i", "t", "0");
    schema.server.row("pg_catalog.count(DISTINCT (s.u, s.d))", "f");

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.server.sent("CREATE INDEX CONCURRENTLY i ON a")).hasSize(1);
    assertThat(schema.server.sent("DROP INDEX")).isEmpty();
  }

  @Test
  void invalidIndexIsDroppedBeforeItIsBuiltAgain() throws Exception {
    schema.server.answer(
        INDEXES,
        statement ->
            schema.server.sent("DROP INDEX").isEmpty()
                ? new Rows(
                    List.of("c1", "c2", "c3", "c4", "c5"),
                    List.of(List.of("42", "tenant_acme", "i", "f", "0")))
                : null);

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.message("DROP INDEX"))
        .isEqualTo("DROP INDEX CONCURRENTLY IF EXISTS \"tenant_acme\".\"i\"");
    assertThat(placeOf("DROP INDEX")).isLessThan(placeOf("CREATE INDEX CONCURRENTLY i"));
    assertThat(schema.told)
        .contains("cleaned up the invalid index i, left by an earlier try, was dropped");
  }

  @Test
  void indexThatIsStillBeingBuiltIsWaitedFor() throws Exception {
    schema.server.row(INDEXES, "42", "tenant_acme", "i", "f", "99");

    SchemaOutcome.Failed failed = (SchemaOutcome.Failed) schema.migrate();

    assertThat(failed.error()).contains("still being built by pid 99");
    assertThat(schema.told).contains("retrying 1 55P03");
    assertThat(schema.server.sent("CREATE INDEX CONCURRENTLY i ON a")).isEmpty();
  }

  @Test
  void indexThatIsInvalidBehindItsStatementFails() throws Exception {
    schema.server.answer(
        INDEXES,
        statement ->
            schema.server.sent("CREATE INDEX CONCURRENTLY i").isEmpty()
                ? null
                : new Rows(
                    List.of("c1", "c2", "c3", "c4", "c5"),
                    List.of(List.of("42", "tenant_acme", "i", "f", "0"))));

    SchemaOutcome.Failed failed = (SchemaOutcome.Failed) schema.migrate();

    assertThat(failed.sqlState()).isEqualTo("55000");
    assertThat(failed.error()).contains("the index i is there, but not valid");
    assertThat(schema.server.sent("DROP INDEX CONCURRENTLY")).isNotEmpty();
  }

  @Test
  void failedIndexIsTidiedUpAtOnce() throws Exception {
    schema.server.fail("CREATE INDEX CONCURRENTLY i", "23505", "duplicate key");
    schema.server.answer(
        "NOT (x.indisvalid",
        statement ->
            new Rows(
                List.of("c1", "c2", "c3", "c4", "c5"),
                List.of(List.of("42", "tenant_acme", "i", "f", "0"))));

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Failed.class);

    assertThat(schema.server.sent("DROP INDEX CONCURRENTLY")).hasSize(1);
    assertThat(placeOf("DROP INDEX")).isGreaterThan(placeOf("CREATE INDEX CONCURRENTLY i"));
  }

  @Test
  void rebuildDropsTheInvalidCopiesOfAnEarlierOne() throws Exception {
    schema.with("001_i.sql", "REINDEX TABLE CONCURRENTLY a;");
    schema.server.answer(
        "_cc(new|old)",
        statement ->
            new Rows(
                List.of("c1", "c2", "c3", "c4", "c5"),
                List.of(List.of("43", "tenant_acme", "i_ccnew", "f", "0"))));

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.message("DROP INDEX")).contains("\"tenant_acme\".\"i_ccnew\"");
    assertThat(placeOf("DROP INDEX")).isLessThan(placeOf("REINDEX TABLE CONCURRENTLY"));
  }

  @Test
  void partitionThatIsHalfDetachedIsFinalized() throws Exception {
    schema.with("001_i.sql", "ALTER TABLE a DETACH PARTITION p CONCURRENTLY;");
    schema.server.row("h.inhdetachpending", "1");

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.server.sent("FINALIZE")).hasSize(1);
    assertThat(schema.server.sent("PARTITION p CONCURRENTLY")).isEmpty();
    assertThat(schema.told).contains("cleaned up the partition p was half detached");
  }

  @Test
  void interruptedStatementThatWasDoneIsPassedOver() throws Exception {
    schema.with(
        "001_i.sql", "-- tenantgate: no-transaction\nALTER TYPE t ADD VALUE 'x';\nVACUUM a;");
    schema.with("001_i.sql", "-- tenantgate: no-transaction\nCREATE DATABASE d;\nVACUUM a;");
    schema.server.always("CREATE DATABASE d", new Failure("42P04", "database exists", 0));
    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Failed.class);
    List<@Nullable String> row = Objects.requireNonNull(schema.history.get(1L));
    row.set(5, "applying");

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);
    assertThat(schema.server.sent("CREATE DATABASE d")).hasSizeGreaterThan(1);
  }

  /** The table has an index; {@code t} if it is valid. */
  private void indexOfTheTable(String valid) {
    schema.server.row(INDEXES, "42", "tenant_acme", "a_id_idx", valid, "0");
  }

  /** An index without a name was begun, and nobody knows what came of it. */
  private void interruptedUnnamed() throws Exception {
    schema.with("001_i.sql", UNNAMED);
    schema.server.fail("CREATE INDEX CONCURRENTLY ON a", "53100", "the disk is full");
    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Failed.class);
    Objects.requireNonNull(schema.history.get(1L)).set(5, "applying");
    schema.server.forgetSent();
  }

  @Test
  void indexIsLookedForByItsNameBesideItsTable() throws Exception {
    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.server.sent(INDEXES)).hasSize(2); // before it is built, and behind
    assertThat(schema.server.sent(INDEXES))
        .allMatch(query -> query.contains("i.relname = 'i'") && query.contains("to_regclass('a')"));
  }

  @Test
  void indexWithoutANameIsNotLookedForTheFirstTime() throws Exception {
    schema.with("001_i.sql", UNNAMED);
    indexOfTheTable("t");
    schema.server.row(SAME, "t");

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.server.sent(INDEXES)).isEmpty();
    assertThat(schema.server.sent("CREATE INDEX CONCURRENTLY ON a")).hasSize(1);
  }

  @Test
  void indexWithoutANameIsFoundByItsDefinition() throws Exception {
    interruptedUnnamed();
    indexOfTheTable("t");
    schema.server.row(SAME, "t");

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.message(INDEXES)).contains("t.oid = pg_catalog.to_regclass('a')");
    assertThat(schema.server.sent("CREATE INDEX CONCURRENTLY ON a")).isEmpty();
    assertThat(schema.history.get(1L)).contains("success");
  }

  @Test
  void invalidIndexWithoutANameIsDroppedIfItIsTheOne() throws Exception {
    interruptedUnnamed();
    indexOfTheTable("f");
    schema.server.row(SAME, "t");

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.message("DROP INDEX")).endsWith("\"tenant_acme\".\"a_id_idx\"");
    assertThat(placeOf("DROP INDEX")).isLessThan(placeOf("CREATE INDEX CONCURRENTLY ON a"));
  }

  @Test
  void otherIndexesOfTheTableStay() throws Exception {
    interruptedUnnamed();
    indexOfTheTable("f");
    schema.server.row(SAME, "f");

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.server.sent("DROP INDEX")).isEmpty();
    assertThat(schema.server.sent("CREATE INDEX CONCURRENTLY ON a")).hasSize(1);
  }

  @Test
  void failedIndexWithoutANameIsTidiedUpIfItIsTheOne() throws Exception {
    schema.with("001_i.sql", UNNAMED);
    schema.server.fail("CREATE INDEX CONCURRENTLY ON a", "23505", "duplicate key");
    indexOfTheTable("f");
    schema.server.row(SAME, "t");

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Failed.class);

    assertThat(schema.message(INDEXES)).contains("NOT (x.indisvalid", "to_regclass('a')");
    assertThat(schema.server.sent("DROP INDEX")).hasSize(1);
  }

  @Test
  void failedIndexWithoutANameLeavesOthersAlone() throws Exception {
    schema.with("001_i.sql", UNNAMED);
    schema.server.fail("CREATE INDEX CONCURRENTLY ON a", "23505", "duplicate key");
    indexOfTheTable("f");
    schema.server.row(SAME, "f");

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Failed.class);

    assertThat(schema.server.sent("DROP INDEX")).isEmpty();
  }

  @Test
  void statementThatCantBeTriedOnACopySaysItselfWhatIsWrong() throws Exception {
    schema.server.row(INDEXES, "42", "tenant_acme", "i", "t", "0");
    schema.server.fail(COPY, "42703", "no such column");

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    List<String> sent = schema.server.sent();
    assertThat(sent.get(placeOf(COPY) + 1)).isEqualTo("ROLLBACK");
    assertThat(schema.server.sent("CREATE INDEX CONCURRENTLY i ON a")).hasSize(1);
  }

  @Test
  void copyThatSomebodyIsInTheWayOfIsTriedAgain() throws Exception {
    schema.server.row(INDEXES, "42", "tenant_acme", "i", "t", "0");
    schema.server.row(SAME, "t");
    schema.server.fail(COPY, "55P03", "lock timeout");

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.told).contains("retrying 1 55P03");
    assertThat(schema.server.sent("CREATE INDEX CONCURRENTLY i ON a")).isEmpty();
  }

  @Test
  void connectionThatIsLostOverACopyIsToldByItsOwnError() throws Exception {
    schema.server.row(INDEXES, "42", "tenant_acme", "i", "t", "0");
    schema.server.row(SAME, "t");
    schema.server.row("pg_postmaster_start_time", "3600000");
    schema.server.row("count(*) FROM tenantgate.journal", "1");
    schema.server.once(COPY, new Drop());

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.told).contains("retrying 1 08006");
  }

  @Test
  void rebuildThatFailedIsTidiedUpAtOnce() throws Exception {
    schema.with("001_i.sql", "REINDEX TABLE CONCURRENTLY a;");
    schema.server.fail("REINDEX TABLE CONCURRENTLY", "53100", "the disk is full");
    schema.server.answer(
        "_cc(new|old)",
        statement ->
            schema.server.sent("REINDEX TABLE CONCURRENTLY").isEmpty()
                ? null
                : new Rows(
                    List.of("c1", "c2", "c3", "c4", "c5"),
                    List.of(List.of("43", "tenant_acme", "i_ccnew", "f", "0"))));

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Failed.class);

    assertThat(schema.message("DROP INDEX")).contains("\"tenant_acme\".\"i_ccnew\"");
  }

  @Test
  void partitionThatIsWholeIsDetached() throws Exception {
    schema.with("001_i.sql", "ALTER TABLE a DETACH PARTITION p CONCURRENTLY;");

    assertThat(schema.migrate()).isInstanceOf(SchemaOutcome.Migrated.class);

    assertThat(schema.server.sent("PARTITION p CONCURRENTLY")).hasSize(1);
    assertThat(schema.server.sent("FINALIZE")).isEmpty();
  }
}
