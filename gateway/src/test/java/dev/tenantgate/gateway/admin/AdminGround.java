package dev.tenantgate.gateway.admin;

import static dev.tenantgate.gateway.testing.TestMigrations.migration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tenantgate.config.MigrationSettings.Trigger;
import dev.tenantgate.config.Settings;
import dev.tenantgate.config.UnmanagedPolicy;
import dev.tenantgate.gateway.gate.GateEvents;
import dev.tenantgate.gateway.gate.GateService;
import dev.tenantgate.gateway.metrics.GatewayMeters;
import dev.tenantgate.gateway.testing.TestMigrations;
import dev.tenantgate.gateway.testing.TestSettings;
import dev.tenantgate.gateway.traffic.Traffic;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.MigrationScope;
import dev.tenantgate.migrator.testing.TestDatabase;
import dev.tenantgate.migrator.testing.TestPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * An admin port with a real PostgreSQL behind it: three tenants, of which the last one's migration
 * fails.
 */
abstract class AdminGround {

  private static final ObjectMapper JSON = new ObjectMapper();

  static final Changelog CHANGELOG =
      TestMigrations.changelog(
              migration(1, MigrationScope.PUBLIC, "CREATE TABLE public.plans (id int)"),
              migration(2, MigrationScope.TENANT, "CREATE TABLE IF NOT EXISTS sites (id int)"),
              migration(3, MigrationScope.TENANT, "ALTER TABLE sites ADD COLUMN name text"))
          .withUnmanaged(UnmanagedPolicy.MIGRATE);

  final TestDatabase database = TestPostgres.latest().newDatabase();
  final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  final GatewayMeters meters = new GatewayMeters("test", null);
  final EventStream events = new EventStream();
  final List<String> changelogErrors = new ArrayList<>();
  final List<String> loopFailures = new ArrayList<>();
  Reloader.Reload reload = new Reloader.Reload.Done(List.of());
  Migrator migrator;
  GateService gateService;
  AdminServices services;
  AdminServer server;

  AdminGround() throws IOException {
    Settings settings =
        new TestSettings().trigger(Trigger.MANUAL).databaseOf(database.settings()).build();
    migrator = Migrator.open(settings);
    gateService =
        new GateService(
            settings, CHANGELOG, migrator, GateEvents.all(List.of(meters.gate(), events)));
    meters.observe(gateService.fleet()::view, gateService.gate()::held, () -> 200);
    services =
        new AdminServices(
            gateService,
            meters::scrape,
            () -> changelogErrors,
            () -> loopFailures,
            () -> false,
            new Traffic(),
            () -> reload,
            "test");
    server = AdminServer.start(settings.admin(), () -> AdminSecurity.NONE, services, events);
  }

  @BeforeEach
  void tenants() {
    database.execute("CREATE SCHEMA tenant_acme");
    database.execute("CREATE SCHEMA \"tenant_a/b ü+\"");
    // Its second migration fails, as the column is there already.
    database.execute("CREATE SCHEMA tenant_initech");
    database.execute("CREATE TABLE tenant_initech.sites (id int, name text)");
  }

  @AfterEach
  void close() {
    server.close();
    gateService.close();
    migrator.close();
    meters.close();
    database.close();
  }

  String raw(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.port() + path);
  }

  HttpResponse<String> get(String path) throws Exception {
    return client.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofString());
  }

  HttpResponse<String> post(String path, String body) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(path));
    if (!body.isEmpty()) {
      request.header("Content-Type", "application/json");
    }
    return client.send(
        request.POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
  }

  static JsonNode json(HttpResponse<String> response) throws IOException {
    return JSON.readTree(response.body());
  }
}
