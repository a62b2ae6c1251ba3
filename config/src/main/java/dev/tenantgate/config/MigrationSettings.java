package dev.tenantgate.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where migrations come from and how they run ({@code migrations.*}).
 *
 * @param locations folders searched for migrations. Default {@code [./migrations]}; A relative one
 *     is taken from the folder of the settings file that gives it, from the working directory where
 *     the environment or the command line does; the default from the settings file's folder, or the
 *     working directory where there is no file.
 * @param defaultScope scope of a migration whose file and folder name none. Default {@code tenant}.
 * @param trigger what starts the migration of a tenant that lags. Default {@code on-demand}.
 * @param workers schemas migrated at once. Default 4.
 * @param lockTimeout how long a migration waits for a lock before it is put off and tried again.
 *     Default 2s.
 * @param statementTimeout how long one statement of a migration may run; 0s is without limit.
 *     Default 0s.
 * @param leaseTimeout how long the right to migrate one schema outlives a process that died.
 *     Default 10s.
 * @param environment the environment that this is, such as {@code production}: migrations that are
 *     meant for certain environments are applied in those alone. Null if it has no name; no
 *     default.
 * @param execution how they are executed at the server
 * @param rollout how carefully a run goes over all tenants
 * @param seedData folders of SQL files that fill a new tenant's schema. Default none.
 * @param lint what becomes of what is valid and unwise
 * @param backup what is kept of a schema before it is touched
 * @param drain how long the transactions of a schema may take to end before it is touched
 * @param unmanaged what becomes of a schema that has relations, but no history that is understood.
 *     Default {@code refuse}.
 * @param tool who migrates: this migrator, or another tool
 * @param sql how the texts of migrations are understood
 * @param checkpoint the state that new tenants' schemas are created from; null if they are made by
 *     all migrations. No default.
 */
public record MigrationSettings(
    List<Path> locations,
    Scope defaultScope,
    Trigger trigger,
    int workers,
    Duration lockTimeout,
    Duration statementTimeout,
    Duration leaseTimeout,
    @Nullable String environment,
    ExecutionSettings execution,
    RolloutSettings rollout,
    List<Path> seedData,
    LintSettings lint,
    BackupSettings backup,
    DrainSettings drain,
    UnmanagedPolicy unmanaged,
    MigrationTool tool,
    SqlSettings sql,
    @Nullable CheckpointSettings checkpoint) {

  public MigrationSettings {
    seedData = List.copyOf(seedData);
    locations = SettingKeys.MIGRATIONS_LOCATIONS.require(List.copyOf(locations));
    SettingKeys.MIGRATIONS_WORKERS.require(workers);
    SettingKeys.MIGRATIONS_LOCK_TIMEOUT.require(lockTimeout);
    SettingKeys.MIGRATIONS_STATEMENT_TIMEOUT.require(statementTimeout);
    SettingKeys.MIGRATIONS_LEASE_TIMEOUT.require(leaseTimeout);
  }

  /**
   * Settings whose migrations are executed as is usual, over all tenants at once, that leave new
   * tenants' schemas empty of data, and take no backups.
   */
  public MigrationSettings(
      List<Path> locations,
      Scope defaultScope,
      Trigger trigger,
      int workers,
      Duration lockTimeout,
      Duration statementTimeout,
      Duration leaseTimeout,
      @Nullable String environment) {
    this(
        locations,
        defaultScope,
        trigger,
        workers,
        lockTimeout,
        statementTimeout,
        leaseTimeout,
        environment,
        ExecutionSettings.DEFAULT,
        RolloutSettings.STANDARD,
        List.of(),
        LintSettings.STANDARD,
        BackupSettings.NONE,
        DrainSettings.STANDARD,
        UnmanagedPolicy.REFUSE,
        MigrationTool.OURS,
        SqlSettings.STANDARD,
        null);
  }

  /** Settings without an environment. */
  public MigrationSettings(
      List<Path> locations,
      Scope defaultScope,
      Trigger trigger,
      int workers,
      Duration lockTimeout,
      Duration statementTimeout,
      Duration leaseTimeout) {
    this(
        locations,
        defaultScope,
        trigger,
        workers,
        lockTimeout,
        statementTimeout,
        leaseTimeout,
        null);
  }

  /** The same, executed in another way. */
  public MigrationSettings with(ExecutionSettings other) {
    return copy(other, rollout, drain, unmanaged, tool);
  }

  /** The same, with runs over all tenants that go another way. */
  public MigrationSettings withRollout(RolloutSettings other) {
    return copy(execution, other, drain, unmanaged, tool);
  }

  /** The same, with another patience for the transactions that are under way. */
  public MigrationSettings withDrain(DrainSettings other) {
    return copy(execution, rollout, other, unmanaged, tool);
  }

  /** The same, with another way with schemas that have no history. */
  public MigrationSettings withUnmanaged(UnmanagedPolicy other) {
    return copy(execution, rollout, drain, other, tool);
  }

  /** The same, with another tool that migrates. */
  public MigrationSettings withTool(MigrationTool other) {
    return copy(execution, rollout, drain, unmanaged, other);
  }

  /** The name of this migrator's history in every schema. */
  public String ownHistoryTable() {
    String named = tool.historyTable();
    return tool.isExternal() || named == null ? "schema_migrations" : named;
  }

  private MigrationSettings copy(
      ExecutionSettings otherExecution,
      RolloutSettings otherRollout,
      DrainSettings otherDrain,
      UnmanagedPolicy otherUnmanaged,
      MigrationTool otherTool) {
    return new MigrationSettings(
        locations,
        defaultScope,
        trigger,
        workers,
        lockTimeout,
        statementTimeout,
        leaseTimeout,
        environment,
        otherExecution,
        otherRollout,
        seedData,
        lint,
        backup,
        otherDrain,
        otherUnmanaged,
        otherTool,
        sql,
        checkpoint);
  }

  /** The same, whose texts are understood in another way. */
  public MigrationSettings withSql(SqlSettings other) {
    return copy(other, checkpoint);
  }

  /** The same, with new tenants' schemas created from another state. */
  public MigrationSettings withCheckpoint(@Nullable CheckpointSettings other) {
    return copy(sql, other);
  }

  private MigrationSettings copy(SqlSettings otherSql, @Nullable CheckpointSettings other) {
    return new MigrationSettings(
        locations,
        defaultScope,
        trigger,
        workers,
        lockTimeout,
        statementTimeout,
        leaseTimeout,
        environment,
        execution,
        rollout,
        seedData,
        lint,
        backup,
        drain,
        unmanaged,
        tool,
        otherSql,
        other);
  }

  /**
   * Makes sure that the locations and the folders of seed data are there. Not every command reads
   * migrations, so this is no part of reading the settings.
   *
   * @throws SettingsException naming each one that isn't
   */
  public void requireLocations() throws SettingsException {
    List<SettingsError> missing = new ArrayList<>();
    for (Path location : locations) {
      if (!Files.isDirectory(location)) {
        String message = "there is no folder %s; migrations are read from folders";
        missing.add(new SettingsError("migrations.locations", null, message.formatted(location)));
      }
    }
    for (Path folder : seedData) {
      if (!Files.isDirectory(folder)) {
        String message = "there is no folder %s; seed data is read from folders";
        missing.add(new SettingsError("migrations.seed-data", null, message.formatted(folder)));
      }
    }
    if (!missing.isEmpty()) {
      throw new SettingsException(missing);
    }
  }

  /** Which schemas a migration is for. */
  public enum Scope {
    PUBLIC,
    TENANT,
    BOTH
  }

  /** The event that starts the migration of a tenant that lags. */
  public enum Trigger {
    /** A connection that has to wait for it. */
    ON_DEMAND,
    /** The gateway's start. */
    EAGER,
    /** The admin port or the CLI. */
    MANUAL
  }
}
