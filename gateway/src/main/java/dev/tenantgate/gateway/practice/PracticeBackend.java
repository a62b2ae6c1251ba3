package dev.tenantgate.gateway.practice;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One connection to the practice's database. A statement is told by how it begins; each answers
 * with one row, of as many columns as the caller reads. Confined to one thread.
 */
final class PracticeBackend {

  private static final int PROTOCOL_3 = 3;
  private static final int TEXT_OID = 25;
  private static final int KEY_BYTES = 4;

  /** Parameters that every PostgreSQL 18 reports, but for the path. */
  private static final Map<String, String> REPORTED =
      Map.ofEntries(
          Map.entry("server_version", "18.0"),
          Map.entry("server_encoding", "UTF8"),
          Map.entry("client_encoding", "UTF8"),
          Map.entry("application_name", ""),
          Map.entry("DateStyle", "ISO, MDY"),
          Map.entry("IntervalStyle", "postgres"),
          Map.entry("TimeZone", "UTC"),
          Map.entry("integer_datetimes", "on"),
          Map.entry("standard_conforming_strings", "on"),
          Map.entry("default_transaction_read_only", "off"),
          Map.entry("in_hot_standby", "off"),
          Map.entry("is_superuser", "off"),
          Map.entry("scram_iterations", "4096"),
          Map.entry("session_authorization", "practice"));

  private static final String SEARCH_PATH = "search_path";

  private final MessageReader in;
  private final OutputStream out;
  private final MessageWriter answer = new MessageWriter();
  private final Map<String, String> statements = new HashMap<>();
  private final Map<String, String> portals = new HashMap<>();
  private String path = "\"$user\", public";
  private @Nullable String localPath;
  private String reportedPath = path;
  private boolean inTransaction;

  PracticeBackend(Socket socket) throws IOException {
    this.in = new MessageReader(socket.getInputStream());
    this.out = socket.getOutputStream();
  }

  /** Serves until the client leaves. */
  void serve() throws IOException {
    in.nextUntyped();
    if (in.fourBytes() >>> Short.SIZE != PROTOCOL_3) {
      return; // a request to cancel, which nothing here needs
    }
    logIn();
    char type = in.next();
    while (type != 'X') {
      message(type);
      type = in.next();
    }
  }

  private void logIn() throws IOException {
    for (String name = in.text(); !name.isEmpty(); name = in.text()) {
      String value = in.text();
      if (name.equals(SEARCH_PATH)) {
        path = value;
        reportedPath = value;
      }
    }
    answer.begin('R').fourBytes(0).end();
    REPORTED.forEach(this::report);
    report(SEARCH_PATH, path);
    answer.begin('K').fourBytes(1).bytes(new byte[KEY_BYTES]).end();
    ready();
  }

  private void message(char type) throws IOException {
    switch (type) {
      case 'Q' -> {
        String sql = in.text();
        for (String each : isOwnScript(sql) ? new String[] {sql} : sql.split(";", -1)) {
          run(each.strip(), true);
        }
        ready();
      }
      case 'P' -> {
        statements.put(in.text(), in.text());
        answer.empty('1');
      }
      case 'B' -> {
        portals.put(in.text(), statements.getOrDefault(in.text(), ""));
        answer.empty('2');
      }
      case 'D' -> describe(in.oneByte() == 'S', in.text());
      case 'E' -> run(portals.getOrDefault(in.text(), ""), false);
      case 'C' -> answer.empty('3');
      case 'S' -> ready();
      case 'H' -> answer.sendTo(out);
      default -> throw new IOException("a message that no exercise sends: " + type);
    }
  }

  /** A text of the gateway's own with several statements, which answers with no row. */
  private static boolean isOwnScript(String sql) {
    return sql.startsWith("SET LOCAL search_path TO pg_catalog;");
  }

  private void describe(boolean statement, String name) {
    String sql = (statement ? statements : portals).getOrDefault(name, "");
    if (statement) {
      answer.begin('t').twoBytes(0).end();
    }
    if (hasRows(sql)) {
      columns(sql);
    } else {
      answer.empty('n');
    }
  }

  private void run(String sql, boolean described) {
    if (sql.isEmpty()) {
      return;
    }
    if (isOwnScript(sql)) {
      complete("SELECT 0");
      return;
    }
    if (hasRows(sql)) {
      if (described) {
        columns(sql);
      }
      rows(sql);
      return;
    }
    String tag = sql.split("[ ;]", 2)[0];
    switch (tag) {
      case "BEGIN" -> inTransaction = true;
      case "COMMIT" -> {
        inTransaction = false;
        localPath = null;
      }
      case "SET" -> set(sql);
      default -> {}
    }
    complete(tag);
  }

  private void set(String sql) {
    String[] words = sql.split("[ =]+", -1);
    if (words[1].equals("LOCAL")) {
      localPath = words[3];
    } else {
      path = words[2];
    }
  }

  private static boolean hasRows(String sql) {
    return sql.startsWith("SELECT") || sql.startsWith("SHOW") || sql.startsWith("WITH");
  }

  private static int columnsOf(String sql) {
    return sql.contains("pg_conf_load_time") ? DEFAULTS_COLUMNS : 1;
  }

  /** The columns that answer the question for the defaults of databases and users. */
  private static final int DEFAULTS_COLUMNS = 3;

  private void columns(String sql) {
    int number = columnsOf(sql);
    answer.begin('T').twoBytes(number);
    for (int i = 0; i < number; i++) {
      answer.text("c").fourBytes(0).twoBytes(0).fourBytes(TEXT_OID).twoBytes(-1).fourBytes(-1);
      answer.twoBytes(0);
    }
    answer.end();
  }

  private void rows(String sql) {
    if (sql.contains("pg_db_role_setting d ")) {
      complete("SELECT 0"); // nobody has defaults of his own
      return;
    }
    int rows = sql.startsWith(Exercise.LARGE) ? Exercise.LARGE_ROWS : 1;
    byte[] value =
        (sql.startsWith(Exercise.LARGE)
                ? Exercise.LARGE_VALUE
                : sql.startsWith("SHOW") ? "none" : "1")
            .getBytes(StandardCharsets.US_ASCII);
    int columns = columnsOf(sql);
    for (int row = 0; row < rows; row++) {
      answer.begin('D').twoBytes(columns);
      for (int i = 0; i < columns; i++) {
        answer.fourBytes(value.length).bytes(value);
      }
      answer.end();
    }
    complete("SELECT " + rows);
  }

  private void complete(String tag) {
    answer.begin('C').text(tag).end();
  }

  private void ready() throws IOException {
    String now = localPath == null ? path : localPath;
    if (!now.equals(reportedPath)) {
      report(SEARCH_PATH, now);
      reportedPath = now;
    }
    answer.begin('Z').oneByte(inTransaction ? 'T' : 'I').end();
    answer.sendTo(out);
  }

  private void report(String name, String value) {
    answer.begin('S').text(name).text(value).end();
  }
}
