package dev.tenantgate.gateway.cli.pgbouncer;

import dev.tenantgate.config.SettingsError;
import dev.tenantgate.config.SettingsException;
import dev.tenantgate.config.SettingsReader;
import dev.tenantgate.config.SettingsReference;
import dev.tenantgate.config.SettingsSources;
import dev.tenantgate.gateway.auth.UserList;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Our settings for those of PgBouncer, and what has no equal, with the reason. A setting that isn't
 * given there isn't given here. Confined to one run.
 */
public final class PgBouncerImport {

  private static final String TABLE = "settings.txt";

  private final Path folder;
  private final PgBouncerIni ini;
  private final Map<String, String> values = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();

  private PgBouncerImport(Path file, PgBouncerIni ini) {
    this.folder = Objects.requireNonNull(file.toAbsolutePath().normalize().getParent());
    this.ini = ini;
  }

  /**
   * A setting of PgBouncer's.
   *
   * @param how what becomes of its value
   * @param remark the reason, or the way on; may be empty
   */
  record Rule(String how, String remark) {}

  /**
   * The outcome of an import.
   *
   * @param values ours, by key
   * @param notes each about one of PgBouncer's settings
   * @param faults of our settings; empty if they are valid
   */
  public record Result(Map<String, String> values, List<String> notes, List<String> faults) {

    /** A settings file, with the notes as comments at its end. */
    public String yaml() {
      StringBuilder yaml = new StringBuilder("# From pgbouncer.ini, by tenantgate import.\n");
      yaml.append(SettingsText.of(values));
      notes.forEach(note -> yaml.append("# ").append(note).append('\n'));
      faults.forEach(fault -> yaml.append("# To be done: ").append(fault).append('\n'));
      return yaml.toString();
    }
  }

  /** All that is known of, by PgBouncer's name. */
  static Map<String, Rule> rules() {
    try (InputStream table = PgBouncerImport.class.getResourceAsStream(TABLE)) {
      if (table == null) {
        throw new IllegalStateException(TABLE + " is missing beside " + PgBouncerImport.class);
      }
      return new String(table.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split("\\|", 3))
          .collect(Collectors.toMap(cells -> cells[0], cells -> new Rule(cells[1], cells[2])));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a {@code pgbouncer.ini}.
   *
   * @throws IOException if it can't be read, or isn't one; the message says where
   */
  public static Result of(Path file) throws IOException {
    PgBouncerImport made = new PgBouncerImport(file, PgBouncerIni.read(file));
    made.general();
    made.listen();
    made.databases();
    made.authentication();
    made.users();
    return new Result(made.values, made.notes, made.faults());
  }

  private ImportedLimits limits() {
    return new ImportedLimits(values::put, notes::add);
  }

  private Map<String, String> settings() {
    return ini.section("pgbouncer");
  }

  private void general() {
    Map<String, Rule> rules = rules();
    settings()
        .forEach(
            (name, value) -> {
              Rule rule = rules.get(name);
              if (rule == null) {
                notes.add("%s: unknown; no setting of PgBouncer 1.25".formatted(name));
              } else {
                apply(name, value, rule);
              }
            });
  }

  private void apply(String name, String value, Rule rule) {
    String[] how = rule.how().split(" ", 2);
    String remark = rule.remark().isEmpty() ? "" : ": " + rule.remark();
    switch (how[0]) {
      case "copy" -> put(name, how[1], value, remark);
      case "file" -> put(name, how[1], folder.resolve(value).toString(), remark);
      case "list" -> put(name, how[1], "[" + value + "]", remark);
      case "yes" -> put(name, how[1], value.equals("1") ? "true" : "false", remark);
      case "seconds" -> seconds(name, how[1], value, remark);
      case "sockets" -> sockets(name, how[1], value);
      case "each" -> {
        if (!value.equals("0")) {
          values.put(how[1], value);
        }
      }
      case "same" -> notes.add("%s is not needed%s".formatted(name, remark));
      case "none" -> notes.add("%s has no equal%s".formatted(name, remark));
      default -> {
        // Looked at where it belongs.
      }
    }
  }

  /** PgBouncer takes fractions, and 0 for none. */
  private void seconds(String name, String key, String value, String remark) {
    long millis = Seconds.millis(value);
    if (millis < 0) {
      notes.add("%s: is no number of seconds: %s".formatted(name, value));
    } else if (millis > 0) {
      put(name, key, Seconds.text(millis), remark);
    }
  }

  /** Both sides' sockets have them, and 0 is the operating system's. */
  private void sockets(String name, String key, String value) {
    if (!value.matches("[0-9]{1,9}")) {
      notes.add("%s: is no number: %s".formatted(name, value));
    } else if (!value.equals("0")) {
      String text =
          key.equals("keepalive.count")
              ? value
              : Seconds.text(Long.parseLong(value) * (key.startsWith("tcp") ? 1 : 1000));
      values.put("listen." + key, text);
      values.put("database." + key, text);
    }
  }

  private void put(String name, String key, String value, String remark) {
    boolean known = SettingsReference.entries().stream().anyMatch(entry -> entry.key().equals(key));
    if (!known) {
      notes.add("%s has no equal%s".formatted(name, remark));
      return;
    }
    values.put(key, value);
    if (!remark.isEmpty()) {
      notes.add("%s is %s%s".formatted(name, key, remark));
    }
  }

  private void listen() {
    String addresses = settings().getOrDefault("listen_addr", "127.0.0.1").strip();
    String first = first(addresses).strip();
    String host = first.equals("*") || first.isEmpty() ? "0.0.0.0" : first;
    values.put(
        "listen.address",
        (host.contains(":") ? "[" + host + "]" : host)
            + ":"
            + settings().getOrDefault("listen_port", "6432"));
    if (addresses.contains(",")) {
      notes.add("listen_addr: one address is listened on; 0.0.0.0 is all of them");
    }
    String directory = settings().getOrDefault("unix_socket_dir", "");
    if (directory.startsWith("@")) {
      notes.add("unix_socket_dir: abstract names aren't supported; give a directory");
    } else if (!directory.isEmpty()) {
      values.put("listen.unix-socket", directory);
    }
    String mode = settings().getOrDefault("client_tls_sslmode", "disable");
    switch (mode) {
      case "disable" -> {}
      case "allow", "prefer" -> values.put("listen.tls.mode", "allow");
      default -> {
        values.put("listen.tls.mode", "require");
        if (mode.startsWith("verify")) {
          notes.add("client_tls_sslmode: clients' certificates aren't asked for");
        }
      }
    }
    String pooling = settings().getOrDefault("pool_mode", "session");
    values.put("pool.mode", pooling.equals("statement") ? "transaction" : pooling);
    if (pooling.equals("statement")) {
      notes.add("pool_mode statement has no equal: transaction is the closest");
    }
  }

  /** One gateway gates one database; the first one that is named is taken. */
  private void databases() {
    boolean taken = false;
    for (Map.Entry<String, String> line : ini.section("databases").entrySet()) {
      Map<String, String> parameters = PgBouncerIni.parameters(line.getValue());
      if (line.getKey().equals("*")) {
        values.put("database.others", "pass");
        notes.add("databases.*: those of the same server are passed, and not gated");
        limits().database("*", "*", parameters);
      } else if (taken) {
        notes.add(
            "databases.%s: a gateway gates one database; give it a gateway of its own, or pass it"
                .formatted(line.getKey()));
        limits()
            .database(line.getKey(), parameters.getOrDefault("dbname", line.getKey()), parameters);
      } else {
        taken = true;
        database(line.getKey(), parameters);
      }
    }
    if (!taken) {
      notes.add("databases: none is named; database.url has to be given");
    }
  }

  /** The first of a list. */
  private static String first(String list) {
    int comma = list.indexOf(',');
    return comma < 0 ? list : list.substring(0, comma);
  }

  private void database(String name, Map<String, String> parameters) {
    String host = first(parameters.getOrDefault("host", "/var/run/postgresql"));
    String port = parameters.getOrDefault("port", "5432");
    String database = parameters.getOrDefault("dbname", name);
    String user = settings().getOrDefault("auth_user", "owner");
    values.put(
        "database.url",
        host.startsWith("/")
            ? "postgresql://%s@/%s?host=%s&port=%s"
                .formatted(encoded(user), encoded(database), host, port)
            : "postgresql://%s@%s:%s/%s".formatted(encoded(user), host, port, encoded(database)));
    notes.add(
        "database.url: %s is to be the gateway's own account, which reads histories and migrates;"
                .formatted(user)
            + " its password belongs into database.password-file");
    if (!database.equals(name)) {
      notes.add(
          "databases.%s: clients name the database as the server does: %s"
              .formatted(name, database));
    }
    parameters.keySet().removeAll(List.of("host", "port", "dbname"));
    limits()
        .database(name, database, parameters)
        .keySet()
        .forEach(key -> notes.add("databases.%s: %s has no equal there".formatted(name, key)));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private void authentication() {
    String type = settings().getOrDefault("auth_type", "md5");
    boolean trusts = type.equals("trust") || type.equals("any");
    values.put("auth.method", trusts ? "trust" : "scram-sha-256");
    switch (type) {
      case "scram-sha-256", "plain", "trust" -> {}
      case "any" -> notes.add("auth_type any: each client is the user that it says");
      case "md5" -> notes.add("auth_type md5: clients are checked by SCRAM; an MD5 hash can't");
      default ->
          notes.add(
              "auth_type %s has no equal: SCRAM, or pass-through in session pooling"
                  .formatted(type));
    }
    if (trusts) {
      notes.add("auth.method trust: beyond loopback auth.trust-beyond-loopback has to be pass");
    }
    String list = settings().get("auth_file");
    if (list != null) {
      Path file = folder.resolve(list);
      values.put("auth.user-list", file.toString());
      look(file, !trusts);
    }
    String query = settings().get("auth_query");
    if (query != null || settings().containsKey("auth_user")) {
      values.put("auth.query", query == null ? "default" : query);
    }
  }

  /** Each line of the list that can't be used is a note. */
  private void look(Path list, boolean checksClients) {
    if (!Files.exists(list)) {
      notes.add("auth_file: %s isn't there".formatted(list));
      return;
    }
    try {
      UserList.read(list, checksClients);
    } catch (SettingsException e) {
      e.errors().forEach(error -> notes.add(error.toString()));
    }
  }

  private void users() {
    limits().maxDbConnections(settings().getOrDefault("max_db_connections", "0"));
    ini.section("users")
        .forEach((user, line) -> limits().user(user, PgBouncerIni.parameters(line)));
    if (!ini.section("peers").isEmpty()) {
      notes.add(
          "peers: a cancel request has to reach the gateway of its client; Services do so with"
              + " sessionAffinity: ClientIP");
    }
  }

  private List<String> faults() {
    try {
      SettingsReader.read(new SettingsSources(null, Map.of(), values));
      return List.of();
    } catch (SettingsException e) {
      return e.errors().stream().map(SettingsError::toString).toList();
    }
  }
}
