package dev.tenantgate.gateway.gate;

import dev.tenantgate.gateway.drain.Drains;
import dev.tenantgate.gateway.tenant.TenantDirectory;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.announce.ChangeListener;
import dev.tenantgate.migrator.announce.Completion;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.Migration;
import dev.tenantgate.migrator.changelog.Version;
import dev.tenantgate.migrator.history.HistoryLook;
import dev.tenantgate.migrator.history.SchemaHistory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes in changes by other gateways and the command line, the sooner the more depends on them.
 * Sessions that a drain holds go on by the migrator's word alone if that is proven, without a look
 * at the database. Other schemas that somebody waits for are looked at where the announcement was
 * heard; all others whenever the directory gets to it. Thread-safe.
 *
 * @param changelog in force
 * @param look has the marks of drains looked at
 */
record ChangesElsewhere(
    Gate gate,
    TenantDirectory directory,
    Drains drains,
    Supplier<Changelog> changelog,
    Runnable look)
    implements ChangeListener {

  @Override
  public void completed(SchemaRef schema, Completion completion) {
    if (!drains.isProven(schema, completion.token(), completion.proof())) {
      return;
    }
    List<Migration> applied = migrations(completion.versions());
    SchemaHistory history =
        applied == null ? null : directory.with(schema, applied, completion.digest());
    if (history != null) {
      directory.foretell(history);
      drains.over(schema, completion.token());
      gate.changed(schema);
    }
  }

  /** The migrations of these versions; null if one isn't known here, or is repeatable. */
  private @Nullable List<Migration> migrations(List<Long> versions) {
    List<Migration> migrations = new ArrayList<>();
    for (long version : versions) {
      Optional<Migration> known = changelog.get().find(Version.recorded(version, ""));
      if (known.isEmpty()) {
        return null;
      }
      migrations.add(known.get());
    }
    return migrations;
  }

  @Override
  public boolean isAwaited(SchemaRef schema) {
    return drains.isDraining(schema) || gate.isAwaited(schema);
  }

  @Override
  public void found(HistoryLook.Found found, long askedNanos) {
    SchemaRef schema = found.history().schema();
    directory.take(found.history(), askedNanos);
    drains.over(schema, found.lastOver());
    gate.changed(schema);
    if (drains.isDraining(schema)) {
      look.run(); // there is another mark by now
    }
  }

  @Override
  public void changed(SchemaRef schema) {
    if (drains.isDraining(schema)) {
      // The history is read once the mark is seen to be off.
      look.run();
    } else {
      gate.changedElsewhere(schema);
    }
  }

  @Override
  public void drainsChanged() {
    look.run();
  }

  @Override
  public void listening() {
    directory.refreshAll();
    look.run();
  }
}
