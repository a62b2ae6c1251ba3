package dev.tenantgate.gateway.console;

import static dev.tenantgate.gateway.console.Table.row;

import dev.tenantgate.gateway.gate.GateService;
import dev.tenantgate.gateway.session.ConnectedClient;
import dev.tenantgate.gateway.session.ConnectedClient.Doing;
import dev.tenantgate.gateway.tenant.TenantState;
import dev.tenantgate.migrator.plan.SchemaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Tenants, their migrations, and whom they hold: what PgBouncer has no word for. Thread-safe. */
final class TenantTables {

  private final ConsoleSources sources;
  private final GateService gateService;

  TenantTables(ConsoleSources sources) {
    this.sources = sources;
    this.gateService = sources.gateService();
  }

  /** The state that is known in memory. */
  Table of(Shown what) {
    return switch (what) {
      case TENANTS -> tenants();
      case MIGRATIONS -> migrations();
      case DRAINS ->
          Table.of(
              what.columns(),
              gateService.drains().underWay().stream(),
              drain ->
                  row(
                      drain.schema(),
                      drain.tenant(),
                      drain.quiet() ? "quiet" : "draining",
                      drain.holder()));
      case PREPARED_STATEMENTS ->
          Table.of(
              what.columns(),
              sources.pools().preparedTexts().stream(),
              text -> row(text.beginning(), text.bytes(), text.uses()));
      default -> throw new IllegalArgumentException(what.keyword());
    };
  }

  /** As far as the last survey and all that was read since go; the database isn't asked. */
  private Table tenants() {
    Set<String> paused = gateService.sessions().pauses().tenants();
    return Table.of(
        Shown.TENANTS.columns(),
        gateService.fleet().view().tenants().stream(),
        tenant -> {
          SchemaStatus status = tenant.status();
          String name = String.valueOf(tenant.schema().tenant());
          return row(
              name,
              tenant.schema().schema(),
              tenant.name().label(),
              status.version(),
              status.applied(),
              status.pending().size(),
              gateService.gate().held(tenant.schema()),
              paused.contains(name) ? 1 : 0,
              status.error());
        });
  }

  private Table migrations() {
    Instant now = Instant.now();
    TenantState shared = gateService.fleet().view().shared();
    return Table.of(
        Shown.MIGRATIONS.columns(),
        Stream.concat(Stream.ofNullable(shared), gateService.fleet().view().tenants().stream())
            .filter(TenantState.Migrating.class::isInstance)
            .map(TenantState.Migrating.class::cast),
        migrating -> {
          SchemaStatus status = migrating.status();
          return row(
              migrating.schema().schema(),
              migrating.schema().tenant(),
              status.version(),
              status.pending().size(),
              status.pending().isEmpty() ? null : status.pending().get(0).version(),
              Duration.between(migrating.since(), now).toMillis());
        });
  }

  /** The sessions that the gate holds, in the order in which they came. */
  CompletableFuture<Table> held() {
    return sources
        .clients()
        .all()
        .thenApply(
            all ->
                Table.of(
                    Shown.HELD.columns(),
                    all.stream().filter(client -> client.doing() == Doing.HELD),
                    TenantTables::held))
        .toCompletableFuture();
  }

  private static List<@Nullable Object> held(ConnectedClient client) {
    return row(
        client.id(),
        client.tenant(),
        client.database(),
        client.user(),
        client.application(),
        client.ends().remote(),
        client.ends().remotePort(),
        TimeUnit.MICROSECONDS.toMillis(client.waitMicros()));
  }

  /** The sessions that keep their server beyond their transactions. */
  CompletableFuture<Table> pinned() {
    return gateService
        .sessions()
        .pinned()
        .thenApply(
            all ->
                Table.of(
                    Shown.PINNED.columns(),
                    all.stream(),
                    session ->
                        row(
                            session.tenant(),
                            session.user(),
                            session.application(),
                            session.client(),
                            session.backend(),
                            session.activity().label(),
                            session.pin() == null ? null : session.pin().reason(),
                            session.pin() == null ? 0 : session.pin().duration().toMillis())))
        .toCompletableFuture();
  }
}
