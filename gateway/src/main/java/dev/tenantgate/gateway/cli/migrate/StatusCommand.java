package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.config.MigrationSettings;
import dev.tenantgate.config.Settings;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.gateway.cli.JsonText;
import dev.tenantgate.gateway.cli.migrate.MigrationCommand.Work;
import dev.tenantgate.migrator.Migrator;
import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.changelog.Changelog;
import dev.tenantgate.migrator.changelog.ChangelogReading;
import dev.tenantgate.migrator.changelog.Changelogs;
import dev.tenantgate.migrator.changelog.InvalidChangelogException;
import dev.tenantgate.migrator.history.HistoryEntry;
import dev.tenantgate.migrator.history.RecordedRun;
import dev.tenantgate.migrator.history.SchemaHistory;
import dev.tenantgate.migrator.plan.SchemaState;
import dev.tenantgate.migrator.plan.SchemaStatus;
import dev.tenantgate.migrator.plan.Target;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tenantgate migrate status}: where each schema stands. Changes nothing. */
@Command(
    name = "status",
    footerHeading = "%nExample:%n",
    footer = "  tenantgate migrate status --state behind,failed",
    description = {
      "Shows how many tenants are in which state, those that aren't current, and a run that isn't",
      "finished. All of them are in the JSON, and shown with --verbose.",
      "Histories are read, but for those that nothing was written to since the registry",
      "knows them.",
      "Applied migrations are listed of public, with --tenant or --verbose of tenants too.",
      "Ends with 0 if nothing is pending, 1 if there are no migrations or a schema is unmanaged,",
      "3 if migrations are pending, 4 if one has failed, or its file was changed after it was",
      "applied."
    },
    mixinStandardHelpOptions = true)
final class StatusCommand extends MigrationCommand {

  @Option(names = "--tenant", paramLabel = "T", description = "This tenant alone, and public.")
  private @Nullable String tenant;

  @Option(
      names = "--state",
      paramLabel = "S",
      split = ",",
      description = {
        "The tenants in this state alone, such as behind or failed; may be given more than once.",
        "Valid values: ${COMPLETION-CANDIDATES}"
      },
      completionCandidates = States.class)
  private List<SchemaState> states = new ArrayList<>();

  /** Why there is no migration, in words; empty if there are some, or none are wanted. */
  private final List<String> missing = new ArrayList<>();

  private int missingCode = ExitCode.FAILED;

  private boolean isYetToCome;

  /** The states by the names that they have everywhere else. */
  static final class States implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(SchemaState.values()).map(SchemaState::label).iterator();
    }
  }

  @ArgGroup(exclusive = true)
  private Source source = new Source();

  /** The source that is believed. */
  static final class Source {

    /** One tenant and public are read sooner than looked up. */
    private static final int FEW = 2;

    @Option(
        names = "--from-registry",
        description = {
          "Ask the registry, which is quick, and as true as it was when it was last compared with",
          "the schemas' own histories: by a run over all tenants, by repair, or by a gateway."
        })
    private boolean registry;

    @Option(
        names = "--from-histories",
        description = "Read every history, also where the registry knows it.")
    private boolean histories;

    void survey(Migrator migrator, List<SchemaRef> schemas, Consumer<SchemaHistory> take)
        throws SQLException {
      if (registry) {
        migrator.histories().surveyRegistry(schemas, take);
      } else if (histories || schemas.size() <= FEW) {
        migrator.histories().survey(schemas, take);
      } else {
        migrator.histories().surveyChanged(schemas, take);
      }
    }
  }

  @Override
  ForOtherTool forOtherTool() {
    return ForOtherTool.READS;
  }

  /** It says so behind what it shows. */
  @Override
  boolean needsClassPath() {
    return false;
  }

  /** Without migrations the schemas are shown as they are found, and what is missing behind. */
  @Override
  Changelog changelog(Settings settings) throws SettingsException, InvalidChangelogException {
    if (settings.migrations().tool().isExternal()) {
      return super.changelog(settings);
    }
    try {
      settings.migrations().requireLocations();
    } catch (SettingsException e) {
      noteMissing(e, settings.migrations());
      return new Changelog(List.of());
    }
    ChangelogReading read = Changelogs.read(settings);
    if (read.migrations().isEmpty() && read.elsewhere().isEmpty() && !read.errors().isEmpty()) {
      read.errors().forEach(problem -> missing.add(problem.toString()));
      return new Changelog(List.of());
    }
    return super.changelog(settings);
  }

  /** The default folder comes with the first migration: until then it is as good as empty. */
  private void noteMissing(SettingsException fault, MigrationSettings settings) {
    isYetToCome =
        isFolderDefault()
            && fault.errors().stream().allMatch(e -> "migrations.locations".equals(e.key()));
    if (isYetToCome) {
      String line = "there is no folder %s yet: no migrations";
      settings.locations().forEach(folder -> missing.add(line.formatted(folder)));
    } else {
      fault.errors().forEach(error -> missing.add(error.toString()));
      missingCode = ExitCode.USAGE;
    }
  }

  /** Says what is missing; shows the schemas only if there is more to say of them. */
  private int withoutMigrations(List<SchemaStatus> statuses, StatusReport report) {
    boolean telling =
        isYetToCome || statuses.stream().anyMatch(each -> each.state() == SchemaState.UNMANAGED);
    if (telling && json()) {
      out().println(JsonText.of(report.json()));
    } else if (telling) {
      report.print(out());
    }
    out().flush();
    missing.forEach(line -> err().println("tenantgate: " + line));
    err().flush();
    return missingCode;
  }

  @Override
  int run(Work work) throws SQLException {
    Migrator migrator = work.migrator();
    List<SchemaRef> schemas = schemas(migrator);
    Map<SchemaRef, List<String>> applied = new HashMap<>();
    List<SchemaStatus> statuses = statuses(work, schemas, applied);
    if (tenant != null && statuses.get(1).state() == SchemaState.UNKNOWN) {
      err().println("tenantgate: tenant %s: %s".formatted(tenant, statuses.get(1).error()));
      err().flush();
      return ExitCode.FAILED;
    }
    String required = Targets.required(work);
    StatusReport report =
        new StatusReport(
            required,
            statuses.get(0),
            statuses.subList(1, statuses.size()),
            this::isShown,
            applied,
            !verbose() && states.isEmpty(),
            openRun(migrator.runs().recorded()));
    if (!missing.isEmpty()) {
      return withoutMigrations(statuses, report);
    }
    if (json()) {
      out().println(JsonText.of(report.json()));
    } else {
      report.print(out());
    }
    out().flush();
    boolean overlooked =
        tellOverlooked(
            work,
            tenant == null ? EnumSet.allOf(Tell.class) : EnumSet.of(Tell.FILES, Tell.ENVIRONMENTS));
    int code = exitCode(statuses);
    return code == ExitCode.DONE && overlooked ? ExitCode.FAILED : code;
  }

  private List<SchemaRef> schemas(Migrator migrator) throws SQLException {
    List<SchemaRef> schemas = new ArrayList<>();
    schemas.add(SchemaRef.PUBLIC);
    if (tenant == null) {
      schemas.addAll(migrator.tenants().all());
    } else {
      schemas.add(migrator.tenants().schemaOf(tenant));
    }
    return schemas;
  }

  private boolean isShown(SchemaStatus status) {
    if (!states.isEmpty()) {
      return states.contains(status.state());
    }
    return json()
        || verbose()
        || tenant != null
        || status.state() != SchemaState.CURRENT
        || status.error() != null;
  }

  /**
   * Where the schemas stand.
   *
   * @param applied takes what is applied to those of which it is to be listed
   */
  private List<SchemaStatus> statuses(
      Work work, List<SchemaRef> schemas, Map<SchemaRef, List<String>> applied)
      throws SQLException {
    Target target = Targets.of(work.settings());
    Set<SchemaRef> migrating =
        work.migrator().runs().leases().stream()
            .map(lease -> lease.schema())
            .collect(Collectors.toSet());
    List<SchemaStatus> statuses = new ArrayList<>();
    Consumer<SchemaHistory> take =
        history -> {
          SchemaStatus status =
              work.changelog().migrations().isEmpty() && work.changelog().external() == null
                  ? SchemaStatus.withoutMigrations(history, work.changelog())
                  : SchemaStatus.of(history, work.changelog(), target);
          boolean runs = migrating.contains(status.schema()) && !status.pending().isEmpty();
          statuses.add(runs ? status.migrating() : status);
          if (status.applied() > 0 && isListed(status.schema())) {
            applied.put(status.schema(), applied(history, work.changelog()));
          }
        };
    source.survey(work.migrator(), schemas, take);
    return statuses;
  }

  /** Of thousands of tenants, what is applied to each is too much unless it is asked for. */
  private boolean isListed(SchemaRef schema) {
    return schema.isPublic() || tenant != null || verbose();
  }

  private static List<String> applied(SchemaHistory history, Changelog changelog) {
    return history.entries().stream()
        .filter(HistoryEntry::succeeded)
        .map(entry -> StatusReport.name(entry, changelog))
        .toList();
  }

  /** The run that goes on, or can be gone on with; null if the last one has ended. */
  private static @Nullable RecordedRun openRun(List<RecordedRun> runs) {
    return runs.stream()
        .filter(run -> run.isUnfinished() || run.state() == RecordedRun.State.RUNNING)
        .findFirst()
        .orElse(null);
  }

  private static int exitCode(List<SchemaStatus> statuses) {
    int code = ExitCode.DONE;
    for (SchemaStatus status : statuses) {
      switch (status.state()) {
        case FAILED, UNKNOWN -> {
          return ExitCode.TENANT_FAILED;
        }
        case BEHIND, MIGRATING -> code = ExitCode.PENDING;
        case UNMANAGED -> code = code == ExitCode.DONE ? ExitCode.FAILED : code;
        case CURRENT, AHEAD -> {
          if (status.error() != null) {
            return ExitCode.TENANT_FAILED;
          }
        }
      }
    }
    return code;
  }
}
