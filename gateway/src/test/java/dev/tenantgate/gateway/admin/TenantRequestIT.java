package dev.tenantgate.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsSources;
import dev.tenantgate.gateway.server.Gateway;
import dev.tenantgate.migrator.testing.TestChangelog;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** New tenants by a running gateway, with seed data that uses what the request says. */
class TenantRequestIT {

  private static final String HOSTILE = "'); DROP TABLE users; -- \\ \" $$ ${slug} \n'";

  @TempDir Path folder;
  private final HttpClient client = HttpClient.newHttpClient();
  private TestDatabase database;
  private Gateway gateway;

  @BeforeEach
  void start() throws Exception {
    database = TestPostgres.latest().newDatabase();
    new TestChangelog(folder.resolve("migrations"))
        .with(
            "1_users.sql",
            "-- MIGRATION_SCOPE: tenant\n"
                + "CREATE TABLE users (email text, company text, seats int, since date, note"
                + " text);");
    new TestChangelog(folder.resolve("seeds"))
        .with(
            "admin.sql",
            """
            -- The first user: ${email} isn't asked for here.
            INSERT INTO users (email, company, seats, since, note)
            VALUES (${admin.email}, ${name}, ${seats}, '${since}', 'of ${slug}: ${note}');
            """);
    Map<String, String> keys =
        Map.of(
            "database.url",
            "postgresql://postgres@127.0.0.1:%d/%s"
                .formatted(database.server().port(), database.name()),
            "listen.address",
            "127.0.0.1:0",
            "admin.address",
            "127.0.0.1:0",
            "migrations.locations",
            folder.resolve("migrations").toString(),
            "migrations.seed-data",
            folder.resolve("seeds").toString());
    gateway =
        Gateway.start(
            () -> SettingsReader.read(new SettingsSources(null, Map.of(), keys)),
            "test",
            List.of());
  }

  @AfterEach
  void stop() {
    gateway.close();
    database.close();
  }

  private HttpResponse<String> post(String path, Map<String, ?> body)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + gateway.adminPort() + path);
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(new ObjectMapper().writeValueAsString(body)))
            .build();
    return client.send(request, BodyHandlers.ofString());
  }

  private static Map<String, Object> request(String slug, String hostile) {
    Map<String, Object> request = new HashMap<>();
    request.put("name", "New Corp");
    request.put("slug", slug);
    request.put("admin", Map.of("email", hostile));
    request.put("seats", 5);
    request.put("since", "2025-01-15");
    request.put("note", hostile);
    return request;
  }

  @Test
  void theSeedDataUsesTheRequest() throws Exception {
    HttpResponse<String> created = post("/api/tenants/create", request("newcorp", "a@new.example"));

    assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
    assertThat(created.headers().firstValue("Location")).hasValue("/api/v1/tenants/newcorp");
    assertThat(
            database.value(
                "SELECT concat_ws('|', email, company, seats, since, note)"
                    + " FROM tenant_newcorp.users"))
        .isEqualTo("a@new.example|New Corp|5|2025-01-15|of newcorp: a@new.example");
  }

  @Test
  void aValueIsNeverSql() throws Exception {
    HttpResponse<String> created = post("/api/v1/tenants", request("newcorp", HOSTILE));

    assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
    assertThat(database.value("SELECT email FROM tenant_newcorp.users")).isEqualTo(HOSTILE);
    assertThat(database.value("SELECT note FROM tenant_newcorp.users"))
        .isEqualTo("of newcorp: " + HOSTILE);
  }

  @Test
  void whatIsMissingOrWrongCreatesNothing() throws Exception {
    Map<String, Object> missing = request("newcorp", "x");
    missing.remove("since");

    HttpResponse<String> incomplete = post("/api/v1/tenants", missing);
    Map<String, Object> wrong = request("newcorp", "x");
    wrong.put("seats", "5); DROP TABLE users; --");
    HttpResponse<String> invalid = post("/api/v1/tenants", wrong);
    HttpResponse<String> noSlug = post("/api/v1/tenants", request("No Good", "x"));

    assertThat(incomplete.statusCode()).isEqualTo(400);
    assertThat(incomplete.body()).contains("admin.sql:3: ${since} isn't given");
    assertThat(invalid.statusCode()).isEqualTo(500);
    assertThat(invalid.body()).contains("seed data failed: admin.sql:3", "invalid input syntax");
    assertThat(noSlug.statusCode()).isEqualTo(400);
    assertThat(database.column("SELECT 1 FROM pg_namespace WHERE nspname LIKE 'tenant\\_%'"))
        .isEmpty();
  }
}
