package dev.tenantgate.migrator.fleet;

import dev.tenantgate.config.RolloutSettings;
import dev.tenantgate.config.SchemaPattern;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.schema.SchemaContext;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import dev.tenantgate.migrator.schema.ScriptedSchema;
import dev.tenantgate.migrator.survey.ExternalReader;
import dev.tenantgate.migrator.survey.FleetReader;
import dev.tenantgate.migrator.survey.FleetScope;
import dev.tenantgate.migrator.survey.OrderedWork;
import dev.tenantgate.migrator.survey.RegistryReader;
import dev.tenantgate.migrator.survey.SchemaNames;
import dev.tenantgate.migrator.testing.ScriptedServer;
import dev.tenantgate.migrator.testing.ScriptedServer.Rows;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Schemas without a history on a scripted server, and a run over them in which each schema ends as
 * the test says; by itself it is migrated. Plans are kept as run 7.
 */
final class ScriptedFleet implements AutoCloseable {

  final ScriptedSchema scripted;
  final ScriptedServer server;
  final List<SchemaRef> schemas = new ArrayList<>();
  final List<String> told = new CopyOnWriteArrayList<>();
  final Map<String, SchemaOutcome> ends = new HashMap<>();
  final RunRegister register = new RunRegister();
  RolloutSettings rollout = RolloutSettings.STANDARD;
  FleetRequest.Resumption resumption = FleetRequest.Resumption.NONE;
  Consumer<SchemaRef> begins = schema -> {};
  Consumer<PlannedFleet> planned = plan -> {};
  int lanes = 1;

  ScriptedFleet(Path folder, String... tenants) {
    scripted = new ScriptedSchema(folder);
    server = scripted.server;
    scripted.files.with("00001_a.sql", "CREATE TABLE a (id int);");
    Arrays.stream(tenants).map(ScriptedFleet::tenant).forEach(schemas::add);
    server
        .answer("relname = 'schema_migrations'", statement -> noHistories())
        .row("INSERT INTO tenantgate.run (", "7")
        .row("UPDATE tenantgate.run SET expires_at", new String[] {null});
  }

  static SchemaRef tenant(String name) {
    return new SchemaRef("tenant_" + name, name);
  }

  private Rows noHistories() {
    List<List<@Nullable String>> rows = new ArrayList<>();
    schemas.forEach(schema -> rows.add(Arrays.asList(schema.schema(), null, null, null)));
    return new Rows(List.of("c1", "c2", "c3", "c4"), rows);
  }

  /** Has a tenant's migration fail. */
  void fails(String tenant) {
    ends.put(tenant, failed(tenant(tenant)));
  }

  static SchemaOutcome failed(SchemaRef schema) {
    return new SchemaOutcome.Failed(schema, List.of(), null, "42601", "wrong", Duration.ZERO);
  }

  FleetRun run() {
    SchemaContext context = scripted.context();
    SchemaNames names = new SchemaNames(context.sessions(), SchemaPattern.parse("tenant_{tenant}"));
    FleetReader reader =
        new FleetReader(
            context.sessions(),
            names,
            new ExternalReader(context.sessions(), names::others),
            new OrderedWork(context.workers(), 1));
    FleetRequest request =
        new FleetRequest(
            scripted.files.changelog(),
            new FleetScope.Only(List.copyOf(schemas)),
            new Goal.Up(new Target.Latest()),
            rollout,
            resumption,
            true,
            this::upgrade);
    return new FleetRun(
        context,
        register,
        reader,
        new RegistryReader(context.sessions(), reader),
        request,
        new Told(told, plan -> planned.accept(plan)),
        lanes);
  }

  private CompletableFuture<SchemaOutcome> upgrade(SchemaRef schema) {
    begins.accept(schema);
    String name = schema.isPublic() ? "public" : String.valueOf(schema.tenant());
    SchemaOutcome end = ends.get(name);
    return CompletableFuture.completedFuture(
        end == null ? new SchemaOutcome.Migrated(schema, List.of(), Duration.ZERO) : end);
  }

  /** The states that a run was recorded to have ended in. */
  List<String> recorded() {
    return server.sent("UPDATE tenantgate.run SET state = (");
  }

  @Override
  public void close() {
    scripted.close();
  }

  /** Keeps what a fleet's listener is told, without its schemas' own events. */
  private record Told(List<String> told, Consumer<PlannedFleet> planned) implements FleetListener {

    @Override
    public void fleetStarted(int schemas) {
      told.add("started " + schemas);
    }

    @Override
    public void fleetPlanned(PlannedFleet plan) {
      told.add("planned %d in %d as %s".formatted(plan.schemas(), plan.stages(), plan.run()));
      planned.accept(plan);
    }

    @Override
    public void stageStarted(FleetStage stage) {
      told.add(
          stage.kind()
              + " "
              + String.join(" ", stage.schemas().stream().map(SchemaRef::schema).toList()));
    }

    @Override
    public void pausing(FleetStage after, Duration pause) {
      told.add("pausing " + pause.toMillis());
    }

    @Override
    public void progress(int done, int total) {
      told.add(done + "/" + total);
    }
  }
}
