package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.gateway.cli.migrate.MigrationCommand.Work;
import dev.tenantgate.migrator.fleet.FleetRequest.Resumption;
import dev.tenantgate.migrator.survey.FleetScope;
import java.util.Map;
import picocli.CommandLine.Mixin;

/** The base of the commands that go over many schemas. Confined to one command's run. */
abstract class RolloutCommand extends FleetCommand {

  @Mixin private RolloutOptions rollout = new RolloutOptions();

  @Override
  final Map<String, String> settings() {
    return rollout.settings();
  }

  @Override
  void check() {
    rollout.check();
  }

  @Override
  final Resumption resumption() {
    return rollout.resumption();
  }

  /** A rollout whose schemas are chosen by options. */
  abstract static class OfSelection extends RolloutCommand {

    @Mixin private SchemaSelection selection = new SchemaSelection();

    @Override
    void check() {
      super.check();
      selection.check();
    }

    @Override
    final FleetScope scope(Work work) {
      return selection.of(work);
    }

    /** Whether fewer than all schemas were asked for. */
    final boolean isNarrowed() {
      return selection.isNarrowed();
    }
  }
}
