package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ToolReader.ReaderTerms;
import dev.tenantgate.migrator.changelog.ToolReader.ToolFile;
import java.util.Locale;
import java.util.Optional;

/**
 * Flyway's {@code <file>.conf} for one file. Immutable.
 *
 * @param inTransaction {@code executeInTransaction}
 * @param shouldExecute whether it is applied at all
 * @param replaces {@code placeholderReplacement}
 */
record FlywayScriptConfig(boolean inTransaction, boolean shouldExecute, boolean replaces) {

  static final FlywayScriptConfig STANDARD = new FlywayScriptConfig(true, true, true);

  /** Reads one; what is wrong with it is added to the problems. */
  static FlywayScriptConfig read(ToolFile file, ReaderTerms terms) {
    Optional<SourceText> text = terms.text(file.path());
    FlywayScriptConfig config = STANDARD;
    for (int line = 1; text.isPresent() && line <= text.get().lines(); line++) {
      String entry = text.get().line(line).strip();
      if (!entry.isEmpty() && !entry.startsWith("#")) {
        config = config.with(file, line, entry, terms);
      }
    }
    return config;
  }

  private FlywayScriptConfig with(ToolFile file, int line, String entry, ReaderTerms terms) {
    int equals = entry.indexOf('=');
    String key = equals < 0 ? entry : entry.substring(0, equals).strip();
    String value = equals < 0 ? "" : entry.substring(equals + 1).strip().toLowerCase(Locale.ROOT);
    boolean says = value.equals("true");
    if (key.equals("encoding") && (value.equals("utf-8") || value.equals("utf8"))) {
      return this;
    }
    if (says || value.equals("false")) {
      switch (key) {
        case "executeInTransaction" -> {
          return new FlywayScriptConfig(says, shouldExecute, replaces);
        }
        case "shouldExecute" -> {
          return new FlywayScriptConfig(inTransaction, says, replaces);
        }
        case "placeholderReplacement" -> {
          return new FlywayScriptConfig(inTransaction, shouldExecute, says);
        }
        default -> {}
      }
    }
    terms.error(
        file.path(),
        line,
        ("\"%s\" isn't understood; there are executeInTransaction, shouldExecute and"
                + " placeholderReplacement with true or false, and encoding=UTF-8")
            .formatted(entry));
    return this;
  }
}
