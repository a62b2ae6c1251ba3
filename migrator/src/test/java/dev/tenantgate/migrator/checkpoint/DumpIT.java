package dev.tenantgate.migrator.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.config.SqlSettings;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogProblem;
import dev.tenantgate.migrator.changelog.ChangelogReader;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import dev.tenantgate.migrator.verify.Drift;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A dump by pg_dump is the first migration of all tenants. */
class DumpIT {

  /** As pg_dump 18 writes it; that of 15 differs in the lines at the head. */
  private static final String DUMP =
      """
      --
      -- PostgreSQL database dump
      --

      \\restrict 3Yk0TfUhNfYV

      -- Dumped from database version 18.1
      -- Dumped by pg_dump version 18.1

      SET statement_timeout = 0;
      SET lock_timeout = 0;
      SET idle_in_transaction_session_timeout = 0;
      SET transaction_timeout = 0;
      SET client_encoding = 'UTF8';
      SET standard_conforming_strings = on;
      SELECT pg_catalog.set_config('search_path', '', false);
      SET check_function_bodies = false;
      SET xmloption = content;
      SET client_min_messages = warning;
      SET row_security = off;

      CREATE SCHEMA app;
      CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;
      COMMENT ON EXTENSION citext IS 'case-insensitive';

      CREATE TYPE app.mood AS ENUM ('sad', 'ok');

      CREATE FUNCTION app.touch() RETURNS trigger
          LANGUAGE plpgsql
          AS $$ BEGIN PERFORM count(*) FROM app.users; RETURN NEW; END $$;

      SET default_tablespace = '';
      SET default_table_access_method = heap;

      CREATE TABLE app.users (
          id bigint NOT NULL,
          name public.citext DEFAULT 'app.users'::text,
          m app.mood DEFAULT 'ok'::app.mood
      );
      CREATE SEQUENCE app.users_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
      ALTER SEQUENCE app.users_id_seq OWNED BY app.users.id;
      CREATE TABLE app.items (id integer NOT NULL, note text);
      ALTER TABLE app.items ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
          SEQUENCE NAME app.items_id_seq
          START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1
      );
      CREATE VIEW app.names AS SELECT users.name FROM app.users;
      ALTER TABLE ONLY app.users ALTER COLUMN id SET DEFAULT nextval('app.users_id_seq'::regclass);

      COPY app.users (id, name, m) FROM stdin;
      1\tapp.it's; -- a\tok
      2\t\\N\tsad
      \\.

      COPY app.items (id, note) FROM stdin;
      7\ttab\\there
      \\.

      SELECT pg_catalog.setval('app.users_id_seq', 2, true);
      SELECT pg_catalog.setval('app.items_id_seq', 7, true);
      ALTER TABLE ONLY app.users ADD CONSTRAINT users_pkey PRIMARY KEY (id);
      CREATE INDEX users_name ON app.users USING btree (name);
      CREATE TRIGGER touch BEFORE UPDATE ON app.users FOR EACH ROW EXECUTE FUNCTION app.touch();

      --
      -- PostgreSQL database dump complete
      --

      \\unrestrict 3Yk0TfUhNfYV

      """;

  @TempDir Path folder;

  @Test
  void dumpOfOneSchemaMakesTheTablesOfEachTenant() throws Exception {
    takes(DUMP);
  }

  @Test
  void dumpOfPublicMakesTheTablesOfEachTenantAndLeavesExtensionsWhereTheyAre() throws Exception {
    takes(DUMP.replace("CREATE SCHEMA app;\n", "").replace("app.", "public."));
  }

  private void takes(String dump) throws Exception {
    TestChangelog files =
        new TestChangelog(folder)
            .with("001_dump.sql", dump)
            .with("002_more.sql", "ALTER TABLE users ADD more text;");
    try (TestDatabase database = TestPostgres.latest().newDatabase();
        Migrator migrator =
            Migrator.open(
                database.settings(), files.settings(), SchemaPattern.parse("tenant_{tenant}"))) {
      List<SchemaRef> tenants =
          List.of(
              migrator.tenants().schemaOf("a"),
              migrator.tenants().schemaOf("b'\"c"),
              migrator.tenants().schemaOf("d"));
      Changelog changelog = files.changelog();
      for (SchemaRef tenant : tenants) {
        database.execute("CREATE SCHEMA \"%s\"".formatted(tenant.schema().replace("\"", "\"\"")));
        assertThat(migrator.runs().migrate(changelog, tenant, new Target.Latest()))
            .isInstanceOf(SchemaOutcome.Migrated.class);
      }
      assertThat(migrator.checks().verify(changelog, tenants)).allMatch(Drift::isNone);
      assertThat(
              database.value("SELECT to_regclass('public.users') || '' || to_regnamespace('app')"))
          .isNull();
      assertThat(database.column("SELECT concat(id, name, m) FROM tenant_a.users ORDER BY id"))
          .containsExactly(
              "1" + dump.substring(dump.indexOf("1\t") + 2).split("\t", -1)[0] + "ok", "2sad");
      assertThat(database.value("SELECT note FROM tenant_d.items")).isEqualTo("tab\there");
      database.execute("INSERT INTO tenant_d.users (name) VALUES ('x')");
      assertThat(database.value("SELECT max(id) FROM tenant_d.users")).isEqualTo("3");
      assertThat(database.value("SELECT max(id) FROM tenant_a.users")).isEqualTo("2");
      database.execute("UPDATE tenant_d.users SET name = 'y'");
    }
  }

  @Test
  void dumpOfSeveralSchemasAsksWhichStandsForTheTenants() {
    TestChangelog files =
        new TestChangelog(folder).with("001_dump.sql", DUMP + "CREATE TABLE other.t (id int);\n");
    assertThat(files.reading().problems())
        .extracting(ChangelogProblem::message)
        .anyMatch(message -> message.contains("app, other") && message.contains("dump-schema"));

    SqlSettings named =
        new SqlSettings(SqlSettings.Replace.FLYWAY, Map.of(), "app", List.of("tenant"));
    assertThat(ChangelogReader.read(files.settings().withSql(named)).problems())
        .extracting(ChangelogProblem::message)
        .noneMatch(message -> message.contains("dump-schema"));
  }
}
