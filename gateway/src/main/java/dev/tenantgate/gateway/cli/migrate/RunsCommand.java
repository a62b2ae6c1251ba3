package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.config.Settings;
import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.gateway.cli.JsonText;
import dev.tenantgate.gateway.cli.migrate.MigrationCommand.Work;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.history.RecordedRun;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tenantgate migrate runs}: the runs over many schemas that aren't finished. */
@Command(
    name = "runs",
    footerHeading = "%nExample:%n",
    footer = "  tenantgate migrate runs --discard 3",
    description = {
      "Shows the runs over many schemas that go on or aren't finished; all with --verbose.",
      "A run that was discarded isn't gone on with by --resume; schemas stay as they are."
    },
    mixinStandardHelpOptions = true)
final class RunsCommand extends MigrationCommand {

  @Option(
      names = "--discard",
      paramLabel = "N",
      description = "Discards the unfinished run of this number.")
  private @Nullable Long discard;

  /** Runs are told whatever the files are now. */
  @Override
  ForOtherTool forOtherTool() {
    return ForOtherTool.READS;
  }

  @Override
  Changelog changelog(Settings settings) {
    return new Changelog(List.of());
  }

  @Override
  int run(Work work) throws SQLException {
    Long number = discard;
    if (number != null) {
      return discard(work, number);
    }
    List<RecordedRun> runs =
        work.migrator().runs().recorded().stream().filter(run -> verbose() || isOpen(run)).toList();
    if (json()) {
      out().println(JsonText.of(Map.of("runs", runs.stream().map(RunReport::of).toList())));
    } else {
      runs.forEach(run -> out().println(RunReport.line(run)));
      if (runs.isEmpty()) {
        out().println("no run is unfinished");
      }
    }
    out().flush();
    return ExitCode.DONE;
  }

  private static boolean isOpen(RecordedRun run) {
    return run.isUnfinished() || run.state() == RecordedRun.State.RUNNING;
  }

  private int discard(Work work, long number) throws SQLException {
    if (work.migrator().runs().discard(number)) {
      out().printf("run %d is discarded%n", number);
      out().flush();
      return ExitCode.DONE;
    }
    String state =
        work.migrator().runs().recorded().stream()
            .filter(run -> run.id() == number)
            .findFirst()
            .map(run -> "run %d is %s, and can't be discarded".formatted(number, describe(run)))
            .orElse("there is no run " + number);
    err().println("tenantgate: " + state);
    err().flush();
    return ExitCode.FAILED;
  }

  private static String describe(RecordedRun run) {
    return run.state() == RecordedRun.State.RUNNING
        ? "going on in " + run.holder()
        : run.state().label();
  }
}
