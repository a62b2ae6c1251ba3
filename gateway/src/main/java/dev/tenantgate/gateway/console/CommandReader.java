package dev.tenantgate.gateway.console;

import dev.tenantgate.gateway.console.Command.Verb;
import dev.tenantgate.gateway.console.ConsoleSources.Stop;
import dev.tenantgate.gateway.protocol.SqlState;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Understands statements as commands. Immutable. */
final class CommandReader {

  /** The parameters that drivers ask a server for when they begin. */
  private static final Map<String, String> PARAMETERS =
      Map.of(
          "client_encoding", "UTF8",
          "datestyle", "ISO, MDY",
          "default_transaction_isolation", "read committed",
          "transaction_isolation", "read committed",
          "transaction_read_only", "off",
          "standard_conforming_strings", "on",
          "server_version", ServerParameters.VERSION,
          "search_path", "",
          "timezone", "GMT");

  /** So many commands are taken in one message. */
  private static final int MOST_COMMANDS = 100;

  /** So long a line of the help gets. */
  private static final int LINE = 80;

  private static final Set<String> CLEARING =
      Set.of("discard", "reset", "deallocate", "close", "unlisten", "listen", "set");

  private CommandReader() {}

  /**
   * The commands of a text; none if there is nothing in it.
   *
   * @throws ConsoleException if one of them isn't understood; it says what there is
   */
  static List<Command> read(String sql) {
    List<Statement> statements = StatementReader.read(sql);
    if (statements.size() > MOST_COMMANDS) {
      throw new ConsoleException(
          SqlState.PROGRAM_LIMIT_EXCEEDED,
          "the console takes at most %d commands at once".formatted(MOST_COMMANDS),
          null);
    }
    return statements.stream().map(CommandReader::read).toList();
  }

  private static Command read(Statement statement) {
    String first = statement.words().get(0).text();
    if (statement.begins("show") || statement.begins("select")) {
      return show(statement);
    }
    Command ignored = ignored(statement, first);
    if (ignored != null) {
      return ignored;
    }
    return switch (first) {
      case "reload" -> only(statement, new Command.Reload());
      case "shutdown" -> shutdown(statement);
      case "upgrade" -> upgrade(statement);
      case "kill_client" -> killClient(statement);
      default -> act(statement, first);
    };
  }

  // ---- looking

  private static Command show(Statement statement) {
    if (statement.words().size() == 1) {
      throw unknown(statement);
    }
    String what = statement.words().get(1).text().toLowerCase(Locale.ROOT);
    if (statement.words().size() > 2) {
      return value(statement).orElseThrow(() -> unknown(statement));
    }
    if (what.equals("help")) {
      return new Command.Help();
    }
    if (PARAMETERS.containsKey(what)) {
      return new Command.ShowParameter(what, PARAMETERS.get(what));
    }
    for (Shown shown : Shown.values()) {
      if (shown.keyword().equals(what)) {
        return new Command.Show(shown);
      }
    }
    return value(statement).orElseThrow(() -> unknown(statement));
  }

  /** Answers to what drivers and pools send to see whether anybody is there. */
  private static Optional<Command> value(Statement statement) {
    if (statement.begins("show", "transaction", "isolation", "level")) {
      return Optional.of(new Command.ShowParameter("transaction_isolation", "read committed"));
    }
    if (statement.is("select", "version", "(", ")")) {
      return Optional.of(new Command.Show(Shown.VERSION));
    }
    if (statement.is("select", "current_database", "(", ")")) {
      return Optional.of(new Command.ShowParameter("current_database", "tenantgate"));
    }
    if (statement.begins("select") && statement.words().size() == 2) {
      String text = statement.words().get(1).text();
      if (text.matches("[0-9]{1,9}")) {
        return Optional.of(new Command.Value("?column?", Integer.valueOf(text)));
      }
    }
    return Optional.empty();
  }

  // ---- what is taken and means nothing here

  private static @Nullable Command ignored(Statement statement, String first) {
    if (statement.words().get(0).kind() != Word.Kind.PLAIN) {
      return null;
    }
    if (CLEARING.contains(first)) {
      boolean all = statement.is(first, "all") && !first.equals("set") && !first.equals("reset");
      return new Command.Ignored(tag(first) + (all ? " ALL" : ""), null);
    }
    return switch (first) {
      case "begin" -> new Command.Ignored("BEGIN", true);
      case "start" ->
          statement.begins("start", "transaction")
              ? new Command.Ignored("START TRANSACTION", true)
              : null;
      case "commit", "end" -> new Command.Ignored("COMMIT", false);
      case "abort" -> new Command.Ignored("ROLLBACK", false);
      case "rollback" ->
          new Command.Ignored("ROLLBACK", statement.words().size() > 2 ? null : (Boolean) false);
      case "savepoint" -> new Command.Ignored("SAVEPOINT", null);
      case "release" -> new Command.Ignored("RELEASE", null);
      default -> null;
    };
  }

  private static String tag(String first) {
    return first.equals("close") ? "CLOSE CURSOR" : first.toUpperCase(Locale.ROOT);
  }

  // ---- doing something

  private static Command only(Statement statement, Command command) {
    if (statement.words().size() > 1) {
      throw unknown(statement);
    }
    return command;
  }

  private static Command shutdown(Statement statement) {
    if (statement.is("shutdown")) {
      return new Command.Shutdown(Stop.AT_ONCE);
    }
    if (statement.is("shutdown", "wait_for_servers")) {
      return new Command.Shutdown(Stop.AFTER_TRANSACTIONS);
    }
    if (statement.is("shutdown", "wait_for_clients")) {
      return new Command.Shutdown(Stop.AFTER_CLIENTS);
    }
    throw new ConsoleException(
        SqlState.SYNTAX_ERROR,
        "SHUTDOWN takes WAIT_FOR_SERVERS or WAIT_FOR_CLIENTS, or nothing",
        null);
  }

  private static Command upgrade(Statement statement) {
    boolean named = statement.words().size() == 3 && statement.begins("upgrade", "tenant");
    int at = named ? 2 : 1;
    if (statement.words().size() != at + 1 || !statement.hasName(at)) {
      throw new ConsoleException(
          SqlState.SYNTAX_ERROR, "UPGRADE takes a tenant's name, or ALL", null);
    }
    Word tenant = statement.words().get(at);
    return new Command.Upgrade(!named && tenant.is("all") ? null : tenant.text());
  }

  private static Command killClient(Statement statement) {
    String id = statement.words().size() == 2 ? statement.words().get(1).text() : "";
    if (!id.matches("[0-9]{1,18}")) {
      throw new ConsoleException(
          SqlState.SYNTAX_ERROR, "KILL_CLIENT takes an id of SHOW CLIENTS", null);
    }
    return new Command.KillClient(Long.parseLong(id));
  }

  private static Command act(Statement statement, String first) {
    Verb verb =
        Arrays.stream(Verb.values())
            .filter(each -> each.keyword().equals(first))
            .findFirst()
            .orElseThrow(() -> unknown(statement));
    int words = statement.words().size();
    if (words == 1) {
      return new Command.Act(verb, new Target.All());
    }
    if (words == 2 && statement.hasName(1)) {
      return new Command.Act(verb, new Target.Database(statement.words().get(1).text()));
    }
    if (words == 3 && statement.words().get(1).is("tenant") && statement.hasName(2)) {
      return new Command.Act(verb, new Target.Tenant(statement.words().get(2).text()));
    }
    throw new ConsoleException(
        SqlState.SYNTAX_ERROR,
        "%s takes a database's name, or TENANT and a tenant's name".formatted(verb.name()),
        null);
  }

  /** Says what there is. */
  private static ConsoleException unknown(Statement statement) {
    String text = statement.text().strip();
    String shown = text.length() > 60 ? text.substring(0, 60) + "…" : text;
    return new ConsoleException(
        SqlState.SYNTAX_ERROR, "invalid command '%s', use SHOW HELP;".formatted(shown), summary());
  }

  /** All commands, one a line. */
  static String help() {
    return shownInLines()
        + "\n\tPAUSE [<db>] | PAUSE TENANT <tenant>"
        + "\n\tRESUME [<db>] | RESUME TENANT <tenant>"
        + "\n\tDISABLE <db> | DISABLE TENANT <tenant>"
        + "\n\tENABLE <db> | ENABLE TENANT <tenant>"
        + "\n\tRECONNECT [<db>]"
        + "\n\tKILL [<db>] | KILL TENANT <tenant>"
        + "\n\tKILL_CLIENT <client_id>"
        + "\n\tWAIT_CLOSE [<db>]"
        + "\n\tUPGRADE <tenant> | UPGRADE ALL"
        + "\n\tRELOAD"
        + "\n\tSHUTDOWN"
        + "\n\tSHUTDOWN WAIT_FOR_SERVERS|WAIT_FOR_CLIENTS";
  }

  private static String summary() {
    return "There are SHOW HELP|"
        + shown(Arrays.stream(Shown.values()))
        + ", PAUSE, RESUME, RECONNECT, DISABLE, ENABLE, KILL, KILL_CLIENT, WAIT_CLOSE, UPGRADE,"
        + " RELOAD and SHUTDOWN.";
  }

  private static String shownInLines() {
    StringBuilder lines = new StringBuilder("\n\tSHOW HELP");
    for (Shown shown : Shown.values()) {
      boolean full = lines.length() - lines.lastIndexOf("\t") + shown.name().length() > LINE;
      lines.append(full ? "\n\tSHOW " : "|").append(shown.name());
    }
    return lines.toString();
  }

  private static String shown(Stream<Shown> some) {
    return some.map(Shown::name).collect(Collectors.joining("|"));
  }
}
