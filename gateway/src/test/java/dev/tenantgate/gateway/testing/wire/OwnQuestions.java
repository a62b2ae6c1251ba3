package dev.tenantgate.gateway.testing.wire;

import dev.tenantgate.gateway.statements.GatewayNames;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The gateway's own messages to a backend, and PostgreSQL's answers to them. So scenarios speak of
 * clients' messages alone, and are the same whether a backend is lent or not.
 */
final class OwnQuestions {

  private static final Pattern ASKED =
      Pattern.compile("\\('([^']+)', pg_catalog\\.current_setting");
  private static final Pattern RESET = Pattern.compile("RESET \"([^;]+)\";");
  private static final Pattern LISTED = Pattern.compile("'([^']+)'");

  /** Clients of tests write in lower case. */
  private static final Set<String> OF_EVERYTHING =
      Set.of("RESET ALL", "DEALLOCATE ALL", "DISCARD ALL");

  private final ServerState state;

  OwnQuestions(ServerState state) {
    this.state = state;
  }

  /** Whether a Query is one of the gateway's. */
  static boolean isOwn(String sql) {
    return sql.equals("SHOW role")
        || sql.equals("SHOW search_path")
        || sql.equals("SHOW role; SHOW search_path")
        || sql.startsWith("RESET \"")
        || OF_EVERYTHING.contains(sql)
        || sql.contains("pg_catalog.current_setting(")
        || sql.startsWith("SELECT pg_catalog.")
        || sql.startsWith("SELECT name, setting FROM pg_catalog.")
        || sql.startsWith("SELECT '', s.pin")
        || sql.startsWith("SET LOCAL search_path TO pg_catalog; SET LOCAL statement");
  }

  /** Whether a message begins a batch of the gateway's. */
  static boolean beginsBatch(String message) {
    return message.matches("[PB] " + GatewayNames.prefix() + "(set|show)\\b.*");
  }

  /** The answers to a Query, up to its ReadyForQuery. */
  List<String> answer(String sql) {
    if (sql.startsWith("SHOW")) {
      return shown(sql);
    }
    if (OF_EVERYTHING.contains(sql)) {
      state.clear(sql);
      return List.of("C " + sql.replace("RESET ALL", "RESET"));
    }
    if (sql.startsWith("RESET")) {
      return reset(sql);
    }
    if (sql.startsWith("SET LOCAL")) {
      List<String> answers = new ArrayList<>(List.of("C SET", "C SET", "T name|kind"));
      state.routines().forEach((name, kind) -> answers.add("D " + name + "|" + kind));
      answers.add("C SELECT " + state.routines().size());
      return answers;
    }
    List<String> rows = rows(sql);
    List<String> answers = new ArrayList<>(List.of("T name|value"));
    rows.forEach(row -> answers.add("D " + row));
    answers.add("C SELECT " + rows.size());
    return answers;
  }

  private List<String> shown(String sql) {
    List<String> answers = new ArrayList<>();
    for (String show : sql.split("; ", -1)) {
      String name = show.substring("SHOW ".length());
      answers.addAll(List.of("T " + name, "D " + state.setting(name), "C SHOW"));
    }
    return answers;
  }

  private List<String> reset(String sql) {
    List<String> answers = new ArrayList<>();
    for (Matcher each = RESET.matcher(sql); each.find(); ) {
      answers.addAll(state.reset(each.group(1).replace("\".\"", ".")));
      answers.add("C RESET");
    }
    return answers;
  }

  private List<String> rows(String sql) {
    if (sql.startsWith("SELECT x.name")) {
      return List.of();
    }
    if (sql.startsWith("SELECT pg_catalog.sum(")) {
      return List.of(state.catalogWrites());
    }
    List<String> rows = new ArrayList<>();
    if (sql.startsWith("SELECT pg_catalog.lower(name)")) {
      for (Matcher each = LISTED.matcher(sql); each.find(); ) {
        if (state.isSet(each.group(1))) {
          rows.add(each.group(1));
        }
      }
      return rows;
    }
    Set<String> names = new LinkedHashSet<>();
    if (sql.contains("FROM pg_catalog.pg_settings")) {
      state.set().stream().filter(name -> !name.contains(".")).forEach(names::add);
    }
    for (Matcher each = ASKED.matcher(sql); each.find(); ) {
      names.add(each.group(1));
    }
    names.forEach(name -> rows.add(name + "|" + state.setting(name)));
    if (sql.contains("s.pin")) {
      state.left().forEach(left -> rows.add("|" + left));
    }
    if (sql.contains("'#'")) {
      rows.add("|#" + state.gatewayStatements());
    }
    return rows;
  }

  /** The answers to the messages of a batch, up to its ReadyForQuery. */
  List<String> answer(List<String> batch) {
    List<String> answers = new ArrayList<>();
    boolean shows = batch.get(0).contains(GatewayNames.prefix() + "show");
    String shown = "";
    if (!shows && state.refusesSetting()) {
      return List.of("1", "E 22023 it may not be set");
    }
    for (String message : batch) {
      switch (message.charAt(0)) {
        case 'P' -> {
          answers.add("1");
          shown = message.substring(message.lastIndexOf(' ') + 1);
        }
        case 'C' -> answers.add("3");
        case 'B' -> {
          answers.add("2");
          if (!shows) {
            String[] values = message.split(" ", 3)[2].split("\\|", 2);
            answers.addAll(state.set(values[0], values[1]));
          }
        }
        case 'E' ->
            answers.addAll(
                shows
                    ? List.of("D " + state.setting(shown), "C SHOW")
                    : List.of("D set", "C SELECT 1"));
        default -> {}
      }
    }
    return answers;
  }
}
