package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.changelog.ToolReader.ReaderTerms;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where both ways stand in a file, by lines from 1. Immutable.
 *
 * @param upFrom the first line of the way up; 0 if the file doesn't say
 * @param upTo the line behind its last
 * @param downFrom the first line of the way down; 0 if there is none
 * @param downTo the line behind its last
 * @param upWithoutTransaction whether each of its statements is committed by itself
 * @param substituted lines in which environment variables are put in
 */
record MarkedText(
    int upFrom,
    int upTo,
    int downFrom,
    int downTo,
    boolean upWithoutTransaction,
    boolean downWithoutTransaction,
    BitSet substituted) {

  private static final Pattern DBMATE = Pattern.compile("--\\s*migrate:(up|down)(?:\\s+(.*))?");

  private static final Pattern GOOSE =
      Pattern.compile("--\\s*\\+goose\\s+(.*)", Pattern.CASE_INSENSITIVE);

  private static final Pattern TERN_PARTING =
      Pattern.compile("----\\s*create above / drop below\\s*----", Pattern.CASE_INSENSITIVE);

  private static final Pattern TERN_DIRECTIVE =
      Pattern.compile("----\\s*tern:\\s*(.*?)\\s*----", Pattern.CASE_INSENSITIVE);

  private static final Pattern NODE =
      Pattern.compile("--[\\s-]*(up|down)\\s+migration.*", Pattern.CASE_INSENSITIVE);

  /** Reads a file's markers; what is wrong with them is added to the problems. */
  static MarkedText of(SourceText source, ToolFormat format, Path file, ReaderTerms terms) {
    Marks marks = new Marks(source, format, file, terms);
    BitSet within = source.linesWithin();
    for (int line = 1; line <= source.lines(); line++) {
      String text = source.line(line).strip();
      if (!within.get(line) && text.startsWith("--")) {
        marks.take(line, text);
      }
      marks.endLine(line);
    }
    return marks.done();
  }

  /** Markers while they are read. */
  private static final class Marks {

    private final SourceText source;
    private final ToolFormat format;
    private final Path file;
    private final ReaderTerms terms;
    private final BitSet substituted = new BitSet();
    private int up;
    private int down;
    private boolean upAlone;
    private boolean downAlone;
    private boolean substitutes;
    private int statement;

    Marks(SourceText source, ToolFormat format, Path file, ReaderTerms terms) {
      this.source = source;
      this.format = format;
      this.file = file;
      this.terms = terms;
    }

    void take(int line, String text) {
      switch (format) {
        case DBMATE -> dbmate(line, DBMATE.matcher(text));
        case GOOSE -> goose(line, GOOSE.matcher(text));
        case TERN -> tern(line, text);
        case NODE_PG_MIGRATE -> node(line, NODE.matcher(text));
        case RAILS,
            ECTO,
            FLYWAY,
            GOLANG_MIGRATE,
            ATLAS,
            DJANGO,
            ALEMBIC,
            LIQUIBASE,
            PRISMA,
            TYPEORM,
            KNEX,
            SEQUELIZE,
            LARAVEL,
            ENTITY_FRAMEWORK,
            NUMBERED -> {}
      }
    }

    void endLine(int line) {
      if (substitutes) {
        substituted.set(line);
      }
      if (format == ToolFormat.TERN && source.line(line).contains("{{")) {
        terms.error(file, line, "tern's templates ({{ … }}) aren't read; write out what it makes");
      }
    }

    private void dbmate(int line, Matcher marker) {
      if (!marker.matches()) {
        return;
      }
      boolean alone = false;
      String options = marker.group(2) == null ? "" : marker.group(2).strip();
      for (String option : options.isEmpty() ? new String[0] : options.split("\\s+")) {
        if (option.equals("transaction:false")) {
          alone = true;
        } else if (!option.equals("transaction:true")) {
          terms.error(
              file, line, "\"%s\" is no option; there is transaction:false".formatted(option));
        }
      }
      mark(line, marker.group(1).equals("up"));
      upAlone |= alone && marker.group(1).equals("up");
      downAlone |= alone && marker.group(1).equals("down");
    }

    private void goose(int line, Matcher marker) {
      if (!marker.matches()) {
        return;
      }
      switch (marker.group(1).strip().toUpperCase(Locale.ROOT).replaceAll("\\s+", " ")) {
        case "UP" -> mark(line, true);
        case "DOWN" -> mark(line, false);
        case "NO TRANSACTION" -> {
          upAlone = true;
          downAlone = true;
        }
        case "ENVSUB ON" -> substitutes = true;
        case "ENVSUB OFF" -> substitutes = false;
        case "STATEMENTBEGIN" -> {
          if (statement > 0) {
            terms.error(file, line, "a second StatementBegin; the first is in line " + statement);
          }
          statement = line;
        }
        case "STATEMENTEND" -> {
          if (statement == 0) {
            terms.error(file, line, "there is no StatementBegin before this StatementEnd");
          }
          statement = 0;
        }
        default ->
            terms.error(
                file,
                line,
                ("goose has no \"%s\"; there are Up, Down, StatementBegin, StatementEnd,"
                        + " NO TRANSACTION, ENVSUB ON, ENVSUB OFF")
                    .formatted(marker.group(1).strip()));
      }
    }

    private void tern(int line, String text) {
      Matcher directive = TERN_DIRECTIVE.matcher(text);
      if (TERN_PARTING.matcher(text).matches()) {
        mark(line, false);
      } else if (directive.matches()) {
        if (directive.group(1).equals("disable-tx")) {
          upAlone = true;
          downAlone = true;
        } else {
          terms.error(
              file, line, "tern has no \"%s\"; there is disable-tx".formatted(directive.group(1)));
        }
      }
    }

    private void node(int line, Matcher marker) {
      if (marker.matches()) {
        mark(line, marker.group(1).equalsIgnoreCase("up"));
      }
    }

    private void mark(int line, boolean isUp) {
      int first = isUp ? up : down;
      if (first > 0) {
        terms.error(file, line, "the same marker stands in line " + first);
      } else if (isUp && down > 0) {
        terms.error(file, line, "the way up must stand before the way down");
      } else if (isUp) {
        up = line;
      } else {
        down = line;
      }
    }

    MarkedText done() {
      if (statement > 0) {
        terms.error(file, statement, "there is no StatementEnd behind this StatementBegin");
      }
      boolean needsMarker = format == ToolFormat.DBMATE || format == ToolFormat.GOOSE;
      int from = up > 0 ? up + 1 : needsMarker ? 0 : 1;
      int end = source.lines() + 1;
      return new MarkedText(
          from,
          down > 0 ? down : end,
          down > 0 ? down + 1 : 0,
          end,
          upAlone,
          downAlone,
          substituted);
    }
  }
}
