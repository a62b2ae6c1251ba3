package dev.tenantgate.gateway.server;

import dev.tenantgate.config.BackupSettings;
import dev.tenantgate.config.DurationText;
import dev.tenantgate.config.LimitSettings;
import dev.tenantgate.config.ListenSettings;
import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.Settings;
import dev.tenantgate.config.TracingSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The settings that a running gateway can't change, because connections, threads and leases were
 * made with them.
 */
final class FixedSettings {

  private FixedSettings() {}

  /**
   * A message for each key that differs.
   *
   * @param mostWorkers how many there were at the start: fewer may work, there are no connections
   *     for more
   */
  static List<String> changed(Settings now, Settings next, int mostWorkers) {
    List<String> changed = new ArrayList<>();
    compare(changed, "listen.address", now.listen().address(), next.listen().address());
    compare(changed, "listen.transport", now.listen().transport(), next.listen().transport());
    compare(changed, "listen.threads", now.listen().threads(), next.listen().threads());
    compare(changed, "listen.unix-socket", shown(now.listen()), shown(next.listen()));
    compare(
        changed,
        "listen.unix-socket-mode",
        "0%03o".formatted(now.listen().unixSocket().mode()),
        "0%03o".formatted(next.listen().unixSocket().mode()));
    compare(
        changed,
        "shutdown.takeover-socket",
        Optional.ofNullable(now.listen().shutdown().takeoverSocket())
            .map(Path::toString)
            .orElse("none"),
        Optional.ofNullable(next.listen().shutdown().takeoverSocket())
            .map(Path::toString)
            .orElse("none"));
    compare(changed, "admin.address", now.admin().address(), next.admin().address());
    compare(
        changed,
        "admin.status-address",
        Optional.ofNullable(now.admin().statusAddress()).map(Object::toString).orElse("none"),
        Optional.ofNullable(next.admin().statusAddress()).map(Object::toString).orElse("none"));
    limits(changed, now.limits(), next.limits());
    compare(changed, "pool.mode", now.pool().mode(), next.pool().mode());
    compare(changed, "tenants.schema", now.tenants().schema(), next.tenants().schema());
    compare(changed, "tenants.grants", now.tenants().grants(), next.tenants().grants());
    compare(changed, "gate.qualified", now.gate().qualified(), next.gate().qualified());
    compare(changed, "gate.lease-timeout", now.gate().leaseTimeout(), next.gate().leaseTimeout());
    if (next.migrations().workers() > mostWorkers) {
      compare(changed, "migrations.workers", mostWorkers, next.migrations().workers());
    }
    migrations(changed, now.migrations(), next.migrations());
    tracing(changed, now.tracing(), next.tracing());
    compare(
        changed,
        "database.url (the database)",
        now.database().database(),
        next.database().database());
    compare(
        changed,
        "database.max-connections",
        now.database().maxConnections(),
        next.database().maxConnections());
    return changed;
  }

  private static void limits(List<String> changed, LimitSettings now, LimitSettings next) {
    compare(changed, "limits.client-mebibytes", now.clientMebibytes(), next.clientMebibytes());
    compare(
        changed, "limits.outbound-mebibytes", now.outboundMebibytes(), next.outboundMebibytes());
    compare(changed, "limits.kept-mebibytes", now.keptMebibytes(), next.keptMebibytes());
    compare(
        changed,
        "limits.kept-mebibytes-per-session",
        now.keptMebibytesPerSession(),
        next.keptMebibytesPerSession());
  }

  private static String shown(ListenSettings listen) {
    Path directory = listen.unixSocket().directory();
    return directory == null ? "none" : directory.toString();
  }

  private static void migrations(
      List<String> changed, MigrationSettings now, MigrationSettings next) {
    compare(changed, "migrations.tool", now.tool().kind(), next.tool().kind());
    compare(changed, "migrations.lease-timeout", now.leaseTimeout(), next.leaseTimeout());
    compare(changed, "migrations.drain-timeout", now.drain().timeout(), next.drain().timeout());
    compare(
        changed,
        "migrations.after-drain-timeout",
        now.drain().afterTimeout(),
        next.drain().afterTimeout());
    compare(
        changed, "migrations.strategy", now.execution().strategy(), next.execution().strategy());
    compare(
        changed,
        "migrations.concurrent-workers",
        now.execution().concurrentWorkers(),
        next.execution().concurrentWorkers());
    BackupSettings backup = next.backup();
    compare(
        changed,
        "migrations.backup-directory",
        Optional.ofNullable(now.backup().directory()).map(Object::toString).orElse("none"),
        Optional.ofNullable(backup.directory()).map(Object::toString).orElse("none"));
    compare(changed, "migrations.backup-format", now.backup().format(), backup.format());
    compare(changed, "migrations.backup-program", now.backup().program(), backup.program());
  }

  private static void tracing(List<String> changed, TracingSettings now, TracingSettings next) {
    compare(
        changed, "tracing.endpoint", shown(now.endpoint(), "none"), shown(next.endpoint(), "none"));
    compare(changed, "tracing.ca", shown(now.ca(), "none"), shown(next.ca(), "none"));
    compare(changed, "tracing.service-name", now.serviceName(), next.serviceName());
    compare(changed, "tracing.sample-ratio", now.sampleRatio(), next.sampleRatio());
    compare(changed, "tracing.transactions", now.transactions(), next.transactions());
    compare(changed, "tracing.environment", now.environment(), next.environment());
    if (!now.headers().equals(next.headers())) {
      changed.add("tracing.headers: can't be changed without a restart");
    }
  }

  private static Object shown(@Nullable Object value, String none) {
    return value == null ? none : value;
  }

  private static void compare(List<String> changed, String key, Object now, Object next) {
    if (!now.equals(next)) {
      changed.add(
          "%s: can't be changed without a restart, is %s, would become %s"
              .formatted(key, shown(now), shown(next)));
    }
  }

  /** As it stands in the settings. */
  private static Object shown(Object value) {
    if (value instanceof Duration duration) {
      return DurationText.format(duration);
    }
    return value instanceof Enum<?> choice
        ? choice.name().toLowerCase(Locale.ROOT).replace('_', '-')
        : value;
  }
}
