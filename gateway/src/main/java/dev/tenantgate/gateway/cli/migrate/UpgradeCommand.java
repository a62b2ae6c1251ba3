package dev.tenantgate.gateway.cli.migrate;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.gateway.cli.CommonOptions;
import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.gateway.cli.JsonText;
import dev.tenantgate.gateway.cli.OutputFormat;
import dev.tenantgate.gateway.cli.migrate.AdminClient.Answer;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tenantgate upgrade}: asks a running gateway, and shows how far it has come. */
@Command(
    name = "upgrade",
    footerHeading = "%nExample:%n",
    footer = "  tenantgate upgrade acme globex",
    description = "Asks a running gateway, over its admin port, to upgrade tenants.",
    mixinStandardHelpOptions = true)
public final class UpgradeCommand implements Callable<Integer> {

  private static final long POLL_MILLIS = 200;

  @Mixin private CommonOptions options = new CommonOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "TENANT", arity = "0..*", description = "The tenants to upgrade.")
  private List<String> tenants = new ArrayList<>();

  @Option(names = "--all", description = "All tenants that are behind.")
  private boolean all;

  @Mixin private AdminOptions admin = new AdminOptions();

  private final List<JsonNode> outcomes = new ArrayList<>();
  private boolean refused;

  @Override
  public Integer call() throws SettingsException, IOException, InterruptedException {
    if (all == !tenants.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "either TENANT… or --all is needed");
    }
    AdminClient client = admin.client(options);
    List<String> operations = start(client);
    follow(client, operations);
    if (options.output() == OutputFormat.JSON) {
      out().println(JsonText.of(Map.of("outcomes", outcomes)));
    } else if (outcomes.isEmpty() && !refused) {
      out().println("nothing is behind");
    }
    out().flush();
    boolean failed = outcomes.stream().anyMatch(o -> !o.path("error").isNull());
    return refused ? ExitCode.FAILED : failed ? ExitCode.TENANT_FAILED : ExitCode.DONE;
  }

  /** Asks for every upgrade; they run side by side. */
  private List<String> start(AdminClient client) throws IOException, InterruptedException {
    List<String> operations = new ArrayList<>();
    if (all) {
      add(operations, client.upgradeAll(), "all tenants");
    }
    for (String tenant : tenants) {
      add(operations, client.upgrade(tenant), tenant);
    }
    return operations;
  }

  private void add(List<String> operations, Answer answer, String what) {
    if (answer.isOk()) {
      operations.add(answer.json().path("id").asText());
    } else {
      refused = true;
      PrintWriter err = spec.commandLine().getErr();
      err.println("tenantgate: " + what + ": " + answer.detail());
      err.flush();
    }
  }

  private void follow(AdminClient client, List<String> running)
      throws IOException, InterruptedException {
    ProgressBar bar =
        new ProgressBar(
            spec.commandLine().getErr(),
            options.output() == OutputFormat.TEXT && Terminal.isStderr());
    int finishedDone = 0;
    int finishedTotal = 0;
    while (!running.isEmpty()) {
      int done = finishedDone;
      int total = finishedTotal;
      for (Iterator<String> ids = running.iterator(); ids.hasNext(); ) {
        Answer answer = client.operation(ids.next());
        if (!answer.isOk()) {
          throw new IOException("the gateway has forgotten the upgrade: " + answer.detail());
        }
        done += answer.json().path("done").asInt();
        total += answer.json().path("total").asInt();
        if (!answer.json().path("state").asText().equals("running")) {
          ids.remove();
          finishedDone += answer.json().path("done").asInt();
          finishedTotal += answer.json().path("total").asInt();
          bar.clear();
          answer.json().path("outcomes").forEach(this::tell);
          tellOfEnd(answer.json());
        }
      }
      bar.show(done, total);
      if (!running.isEmpty()) {
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
    }
    bar.clear();
  }

  /** The reason why the run couldn't begin, or stopped before the end. */
  private void tellOfEnd(JsonNode operation) {
    String error = operation.path("error").asText("");
    String stopped = operation.path("stopped").asText("");
    PrintWriter err = spec.commandLine().getErr();
    if (!error.isEmpty()) {
      refused = true;
      err.println("tenantgate: " + error);
    } else if (!stopped.isEmpty() && !stopped.equals("null")) {
      refused = true;
      err.printf(
          "tenantgate: stopped (%s), %s%n",
          stopped.replace('_', ' '), FleetReport.notTried(operation.path("not_tried").asInt()));
    }
    err.flush();
  }

  private void tell(JsonNode outcome) {
    outcomes.add(outcome);
    if (options.output() == OutputFormat.TEXT) {
      out().println(outcome.path("schema").asText() + ": " + text(outcome));
      out().flush();
    }
  }

  private static String text(JsonNode outcome) {
    if (!outcome.path("error").isNull()) {
      return "failed: " + outcome.path("error").asText();
    }
    List<String> applied = new ArrayList<>();
    outcome.path("applied").forEach(version -> applied.add(version.asText()));
    return applied.isEmpty() ? "up to date" : "applied " + String.join(", ", applied);
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
