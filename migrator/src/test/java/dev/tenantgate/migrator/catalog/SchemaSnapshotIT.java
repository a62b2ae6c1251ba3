package dev.tenantgate.migrator.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.migrator.HistoryName;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.sql.Connection;
import org.junit.jupiter.api.Test;

/** A schema is read without running anything that its owner has made. */
class SchemaSnapshotIT {

  /** Closer to the query's arguments than those of the server. */
  private static final String OVERLOADS =
      """
      CREATE SCHEMA tenant_acme;
      CREATE SEQUENCE hits;
      CREATE FUNCTION tenant_acme.joined(text, bigint) RETURNS boolean LANGUAGE sql
        AS $$ SELECT nextval('public.hits') > 0 $$;
      CREATE OPERATOR tenant_acme.|| (leftarg = text, rightarg = bigint,
        procedure = tenant_acme.joined);
      CREATE FUNCTION tenant_acme.named(text, name) RETURNS text LANGUAGE sql
        AS $$ SELECT nextval('public.hits')::text $$;
      CREATE OPERATOR tenant_acme.|| (leftarg = text, rightarg = name,
        procedure = tenant_acme.named);
      CREATE FUNCTION tenant_acme.compared(name, text) RETURNS boolean LANGUAGE sql
        AS $$ SELECT nextval('public.hits') > 0 $$;
      CREATE OPERATOR tenant_acme.= (leftarg = name, rightarg = text,
        procedure = tenant_acme.compared);
      CREATE TABLE tenant_acme.numbers (id serial PRIMARY KEY, half int DEFAULT 1);
      CREATE VIEW tenant_acme.seen AS SELECT id FROM tenant_acme.numbers;
      """;

  @Test
  void operatorsOfTheSchemaAreNotTheQuerys() throws Exception {
    try (TestDatabase database = TestPostgres.latest().newDatabase();
        Connection connection = database.connect()) {
      database.execute(OVERLOADS);
      connection.setAutoCommit(false);

      SchemaSnapshot read =
          SchemaSnapshot.read(
              connection, HistoryName.STANDARD, new SchemaRef("tenant_acme", "acme"));

      assertThat(database.value("SELECT is_called FROM hits")).isEqualTo("f");
      assertThat(read.lines()).anyMatch(line -> line.contains(" increment 1 "));
      assertThat(read.lines())
          .as("names within the schema are written without it")
          .anyMatch(line -> line.contains("FROM numbers"))
          .noneMatch(line -> line.contains("tenant_acme.numbers"));
    }
  }
}
