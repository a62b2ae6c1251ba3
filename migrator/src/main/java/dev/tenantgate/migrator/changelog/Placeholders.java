package dev.tenantgate.migrator.changelog;

import dev.tenantgate.config.SqlSettings;
import dev.tenantgate.config.SqlSettings.Replace;
import dev.tenantgate.migrator.changelog.ChangelogProblem.Severity;
import dev.tenantgate.migrator.sql.LineEnds;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The values of <code>${name}</code> in migrations: values of the settings, put in as they are, and
 * the schema and its tenant, which are put in when a migration is run. Behind a name, {@code
 * :ident} and {@code :literal} quote the value. In comments nothing is replaced. Immutable.
 */
final class Placeholders {

  /** No placeholders: nothing is replaced. */
  static final Placeholders NONE = new Placeholders(false, Map.of(), Map.of());

  private static final String DEFAULT_SCHEMA = "flyway:defaultschema";

  private final boolean on;
  private final Map<String, String> own;
  private final Map<String, String> builtIn;

  private Placeholders(boolean on, Map<String, String> own, Map<String, String> builtIn) {
    this.on = on;
    this.own = own;
    this.builtIn = builtIn;
  }

  /** The placeholders of a file. */
  static Placeholders of(SqlSettings settings, boolean flyway, Path file, String history) {
    boolean on =
        settings.replace() == Replace.ALL || (flyway && settings.replace() != Replace.NONE);
    if (!on) {
      return NONE;
    }
    Map<String, String> own = new HashMap<>();
    settings.placeholders().forEach((name, value) -> own.put(lower(name), value));
    Map<String, String> builtIn =
        Map.of("flyway:filename", String.valueOf(file.getFileName()), "flyway:table", history);
    return new Placeholders(true, own, builtIn);
  }

  /** The same where a file says so itself. */
  Placeholders switched(boolean to) {
    return to ? new Placeholders(true, own, builtIn) : NONE;
  }

  /**
   * Puts in what is the same for all schemas, and finds the places of what isn't.
   *
   * @param problems takes names that aren't known
   */
  SplicedText resolve(String text, LineMap lines, Path file, List<ChangelogProblem> problems) {
    if (!on || !text.contains("${")) {
      return new SplicedText(text, List.of());
    }
    SplicedText.Writer writer = new SplicedText.Writer(text);
    for (PlaceholderScan.Place place : PlaceholderScan.of(text)) {
      String problem = put(place, writer);
      if (problem != null) {
        int line = lines.of(lineOf(text, place.start()));
        problems.add(new ChangelogProblem(Severity.ERROR, file, line, problem));
      }
    }
    return writer.done();
  }

  private @Nullable String put(PlaceholderScan.Place place, SplicedText.Writer writer) {
    String name = place.name();
    Splice.Context context = place.context();
    if (name.endsWith(":ident")) {
      context = Splice.Context.IDENT;
    } else if (name.endsWith(":literal")) {
      context = Splice.Context.LITERAL;
    }
    boolean quoted = context != place.context();
    String key = lower(quoted ? name.substring(0, name.lastIndexOf(':')) : name);
    Splice.Value varying = varying(key);
    if (varying != null) {
      writer.splice(place.start(), place.end(), varying, context, place.dollarQuoted());
      return null;
    }
    String value = own.getOrDefault(key, builtIn.get(key));
    if (value == null) {
      return unknown(key, name);
    }
    writer.replace(place.start(), place.end(), quoted ? SplicedText.quoted(context, value) : value);
    return null;
  }

  private Splice.@Nullable Value varying(String key) {
    if (own.containsKey(key)) {
      return null;
    }
    return switch (key) {
      case "schema", DEFAULT_SCHEMA -> Splice.Value.SCHEMA;
      case "tenant" -> Splice.Value.TENANT;
      default -> null;
    };
  }

  private String unknown(String key, String name) {
    String instead =
        switch (key) {
          case "flyway:user" -> "; write current_user";
          case "flyway:database" -> "; write current_database()";
          case "flyway:timestamp" -> "; write now()";
          default -> "";
        };
    TreeSet<String> known = new TreeSet<>(own.keySet());
    known.addAll(List.of("schema", "tenant", "flyway:defaultSchema"));
    return instead.isEmpty()
        ? ("nothing is known to stand for ${%s}: name it in migrations.placeholders; there are %s"
                + " (migrations.replace-placeholders: none leaves all of them as they are)")
            .formatted(name, String.join(", ", known))
        : "nothing stands for ${%s} here%s".formatted(name, instead);
  }

  static int lineOf(String text, int index) {
    int line = 1;
    for (int i = 0; i < index; i++) {
      line += LineEnds.endsLine(text, i) ? 1 : 0;
    }
    return line;
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
