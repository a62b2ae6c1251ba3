package dev.tenantgate.gateway.console;

import dev.tenantgate.gateway.gate.FleetUpgrade;
import dev.tenantgate.gateway.gate.FleetUpgrade.Which;
import dev.tenantgate.gateway.gate.GateService;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.ExternalTool;
import dev.tenantgate.migrator.fleet.FleetRequest.Resumption;
import dev.tenantgate.migrator.schema.SchemaOutcome;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** UPGRADE: brings a tenant up to date, or all; the answer comes when that has ended. */
record UpgradeCommand(GateService gateService) {

  CompletableFuture<Answer> run(@Nullable String tenant) {
    ExternalTool external = gateService.changelog().external();
    String why = external == null ? null : external.notRunnable();
    if (why != null) {
      return CompletableFuture.failedFuture(
          new ConsoleException(SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE, why, null));
    }
    return tenant == null ? all() : one(gateService.migrator().tenants().schemaOf(tenant));
  }

  private CompletableFuture<Answer> one(SchemaRef schema) {
    return gateService
        .upgrade(schema)
        .thenApply(
            outcome -> {
              if (!outcome.succeeded()) {
                throw failed(outcome.toString());
              }
              String notice =
                  outcome instanceof SchemaOutcome.Migrated migrated
                      ? "%d migrations were applied to \"%s\" in %d ms"
                          .formatted(
                              migrated.applied().size(),
                              schema.schema(),
                              migrated.elapsed().toMillis())
                      : "\"%s\" is up to date".formatted(schema.schema());
              return new Answer(null, "UPGRADE", List.of(Report.notice(notice, null)));
            })
        .toCompletableFuture();
  }

  private CompletableFuture<Answer> all() {
    AtomicInteger upgraded = new AtomicInteger();
    AtomicInteger failed = new AtomicInteger();
    return gateService
        .upgradeAll(
            Which.BEHIND_OR_FAILED,
            Resumption.NONE,
            new FleetUpgrade.Observer() {
              @Override
              public void ended(SchemaOutcome outcome) {
                (outcome.succeeded() ? upgraded : failed).incrementAndGet();
              }
            })
        .outcome()
        .handle(
            (outcome, error) -> {
              if (error != null) {
                Throwable cause =
                    error instanceof CompletionException && error.getCause() != null
                        ? error.getCause()
                        : error;
                throw failed(String.valueOf(cause.getMessage()));
              }
              Report notice =
                  Report.notice(
                      "%d schemas are up to date that lagged, %d failed"
                          .formatted(upgraded.get(), failed.get()),
                      failed.get() > 0 ? "SHOW TENANTS has their errors." : null);
              return new Answer(null, "UPGRADE", List.of(notice));
            })
        .toCompletableFuture();
  }

  private static ConsoleException failed(String why) {
    return new ConsoleException(
        SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE, "the upgrade failed: " + why, null);
  }
}
