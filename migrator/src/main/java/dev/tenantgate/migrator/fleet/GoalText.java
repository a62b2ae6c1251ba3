package dev.tenantgate.migrator.fleet;

import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Checksum;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.plan.Goal;
import dev.tenantgate.migrator.plan.Target;
import dev.tenantgate.migrator.survey.FleetScope;
import java.util.stream.Collectors;

/** Identifies a run's goal and scope in the registry. Stateless. */
final class GoalText {

  /** Beyond this a scope is told by its digest, in characters. */
  private static final int MAX_SCOPE = 200;

  private GoalText() {}

  /** A goal: {@code up}, {@code up to 7}, {@code down to 0}. */
  static String of(Goal goal) {
    if (goal instanceof Goal.Up up) {
      return up.target() instanceof Target.UpTo to ? "up to " + to.version() : "up";
    } else if (goal instanceof Goal.Down down) {
      return "down to " + (down.to() == null ? "0" : down.to());
    } else if (goal instanceof Goal.Only only) {
      return "only " + only.version();
    } else if (goal instanceof Goal.Baseline baseline) {
      return "baseline " + baseline.version() + (baseline.overHistory() ? ", over histories" : "");
    } else if (goal instanceof Goal.Mark mark) {
      return "mark %s %s".formatted(mark.version(), mark.asApplied() ? "applied" : "not applied");
    } else if (goal instanceof Goal.Adopt adopt) {
      return "adopt"
          + (adopt.from() == null ? "" : " from " + adopt.from())
          + (adopt.as() == null ? "" : " as " + adopt.as());
    } else if (goal instanceof Goal.UndoAdopt) {
      return "undo adopt";
    }
    return goal instanceof Goal.Repair repair && repair.adopt() ? "repair, adopting" : "repair";
  }

  /** A scope: {@code all}, {@code tenants}, {@code tenant_acme, tenant_globex}. */
  static String of(FleetScope scope) {
    if (scope instanceof FleetScope.Only only) {
      String names =
          only.schemas().stream()
              .map(schema -> schema.schema())
              .distinct()
              .sorted()
              .collect(Collectors.joining(", "));
      return names.length() <= MAX_SCOPE
          ? names
          : "%d schemas (%s)".formatted(only.schemas().size(), Checksum.of(names).substring(0, 12));
    }
    return scope instanceof FleetScope.All ? "all" : "tenants";
  }

  /** A digest that changes with any migration's number, scope or statements. */
  static String digest(Changelog changelog) {
    StringBuilder text = new StringBuilder();
    for (Migration migration : changelog.migrations()) {
      text.append(migration.version())
          .append(' ')
          .append(migration.scope())
          .append(' ')
          .append(migration.checksum())
          .append('\n');
    }
    return Checksum.of(text.toString());
  }
}
