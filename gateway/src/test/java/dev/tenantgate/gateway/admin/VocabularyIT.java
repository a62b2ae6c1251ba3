package dev.tenantgate.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tenantgate.gateway.GatewayFixture;
import dev.tenantgate.gateway.cli.Tenantgate;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands' JSON in the words of the admin port: its schemas take what commands print. */
class VocabularyIT {

  @TempDir static Path migrations;
  private static TestDatabase database;
  private static GatewayFixture gateway;
  private static JsonNode description;

  @BeforeAll
  static void start() throws Exception {
    database = TestPostgres.latest().newDatabase();
    for (String tenant : List.of("acme", "initech")) {
      database.execute("CREATE SCHEMA tenant_" + tenant);
    }
    database.execute("CREATE TABLE tenant_initech.sites (id int, name text)");
    GatewayFixture.migration(
        migrations, "00001_a.sql", "CREATE TABLE IF NOT EXISTS sites (id int);");
    GatewayFixture.migration(
        migrations,
        "00002_b.sql",
        "ALTER TABLE sites ADD COLUMN name text;\n"
            + "-- DOWN MIGRATION\nALTER TABLE sites DROP COLUMN name;");
    gateway = GatewayFixture.start(database, migrations, Map.of("migrations.trigger", "manual"));
    try (InputStream file = PageEndpoints.class.getResourceAsStream("openapi.json")) {
      assertThat(file).isNotNull();
      description = Json.read(new String(file.readAllBytes(), StandardCharsets.UTF_8));
    }
    // A command says less than the port where it knows less; it never says it otherwise.
    for (JsonNode each : description.findParents("required")) {
      if (each.get("required").isArray()) {
        ((ObjectNode) each).remove("required");
      }
    }
  }

  @AfterAll
  static void stop() {
    gateway.close();
    database.close();
  }

  private static JsonNode command(String... words) throws Exception {
    List<String> all = new ArrayList<>(Arrays.asList(words));
    all.addAll(List.of("--output", "json", "--migrations", migrations.toString()));
    all.add("--set=migrations.unmanaged=migrate");
    all.add(
        "--database-url=postgresql://postgres@127.0.0.1:%d/%s?sslmode=disable"
            .formatted(database.server().port(), database.name()));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Tenantgate.run(
        new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(new String[0]));
    assertThat(out.toString()).as(err.toString()).isNotEmpty();
    return Json.read(out.toString());
  }

  private static void assertSpeaksAs(String schema, JsonNode json) {
    JsonNode described = description.at("/components/schemas/" + schema);
    assertThat(described.isMissingNode()).as(schema).isFalse();
    assertThat(new JsonSchemaCheck(description).faults(json, described)).as("" + json).isEmpty();
  }

  @Test
  void commandsSpeakAsThePortDoes() throws Exception {
    JsonNode created = command("tenant", "create", "newcorp");
    ((ObjectNode) created).remove(List.of("seed_data"));
    assertSpeaksAs("CreatedTenant", created);
    JsonNode upgraded =
        command("upgrade", "newcorp", "--admin-url=" + gateway.adminUrl("")).get("outcomes");
    assertThat(upgraded).isNotEmpty();
    upgraded.forEach(outcome -> assertSpeaksAs("Outcome", outcome));
    JsonNode up = command("migrate", "up", "--scope", "both");
    assertThat(up.get("failed").asInt()).isEqualTo(1);
    assertThat(up.get("schemas")).hasSize(4);
    up.get("schemas").forEach(outcome -> assertSpeaksAs("Outcome", outcome));
    assertThat(command("migrate", "rollback", "--tenant", "acme").get("schemas"))
        .anySatisfy(
            outcome -> {
              assertSpeaksAs("Outcome", outcome);
              assertThat(outcome.get("outcome").textValue()).isEqualTo("rolled_back");
            });
    ObjectNode status = (ObjectNode) command("migrate", "status", "--verbose");
    JsonNode run = status.remove("run");
    assertSpeaksAs("TenantList", status);
    if (!run.isNull()) {
      assertSpeaksAs("Run", run);
    }
    assertSpeaksAs("RunList", command("migrate", "runs"));
    assertSpeaksAs("TenantList", command("tenant", "list"));
  }
}
