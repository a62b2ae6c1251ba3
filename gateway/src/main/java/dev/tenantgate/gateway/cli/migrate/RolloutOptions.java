package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.migrator.fleet.FleetRequest.Resumption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The options that say how carefully a run goes over many schemas. Most of them are settings as
 * well, and are read as these. Confined to one command's run.
 */
public final class RolloutOptions {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec mixee = CommandSpec.create();

  @Option(
      names = "--stop-after",
      paramLabel = "N|N%",
      description = {
        "Begin no other tenant once so many have failed: never, a number, a share. Those under way",
        "by then come to their end, and may fail as well."
      })
  private @Nullable String stopAfter;

  @Option(
      names = "--canary",
      paramLabel = "T,T…|N",
      description = "These tenants, or so many, go first; all must succeed before others begin.")
  private @Nullable String canary;

  @Option(
      names = "--wave",
      paramLabel = "N|N%",
      description = "So many tenants are done before the next are begun: all, a number, a share.")
  private @Nullable String wave;

  @Option(
      names = "--wave-pause",
      paramLabel = "TIME",
      description = "How long to wait between two waves, such as 5m.")
  private @Nullable String wavePause;

  @Option(
      names = "--stop-between-waves",
      description = "End after a wave, with 3 while others are left; --resume begins the next.")
  private boolean stopBetweenWaves;

  @Option(
      names = "--resume",
      description = {
        "Go on with the unfinished run of the same command, where it stopped; what failed in it",
        "isn't tried again, but for canaries. Without one, a run is begun."
      })
  private boolean resume;

  @Option(
      names = "--accept-changes",
      description = "With --resume: although migrations were changed since that run began.")
  private boolean acceptChanges;

  /** The settings that were given as options. */
  Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    put(settings, "migrations.stop-after", stopAfter);
    put(settings, "migrations.canary", canary);
    put(settings, "migrations.wave", wave);
    put(settings, "migrations.wave-pause", wavePause);
    put(settings, "migrations.after-wave", stopBetweenWaves ? "stop" : null);
    return settings;
  }

  private static void put(Map<String, String> settings, String key, @Nullable String value) {
    if (value != null) {
      settings.put(key, value);
    }
  }

  /** Refuses options that need others. */
  void check() {
    if (acceptChanges && !resume) {
      throw new ParameterException(mixee.commandLine(), "--accept-changes goes with --resume");
    }
  }

  /** Whether an unfinished run is gone on with. */
  Resumption resumption() {
    if (!resume) {
      return Resumption.NONE;
    }
    return acceptChanges ? Resumption.CHANGED : Resumption.UNCHANGED;
  }
}
