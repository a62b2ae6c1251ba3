package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.util.ArrayList;
import java.util.List;

/**
 * A text with the places in it where each schema has something of its own. Immutable.
 *
 * @param splices in order
 */
record SplicedText(String text, List<Splice> splices) {

  SplicedText {
    splices = List.copyOf(splices);
  }

  /** A value in quotes. */
  static String quoted(Splice.Context context, String value) {
    return context == Splice.Context.IDENT
        ? SqlIdentifier.quote(value)
        : SqlIdentifier.literal(value);
  }

  /** Writes one from a text, from its beginning to its end. Confined to one thread. */
  static final class Writer {

    private final String source;
    private final StringBuilder text = new StringBuilder();
    private final List<Splice> splices = new ArrayList<>();
    private int at;

    Writer(String source) {
      this.source = source;
    }

    /** Puts a value in the place of some of the text. */
    void replace(int start, int end, String value) {
      text.append(source, at, start).append(value);
      at = end;
    }

    /** Leaves some of the text to each schema. */
    void splice(
        int start, int end, Splice.Value value, Splice.Context context, boolean dollarQuoted) {
      text.append(source, at, start);
      int from = text.length();
      text.append(source, start, end);
      splices.add(new Splice(from, text.length(), value, context, dollarQuoted));
      at = end;
    }

    SplicedText done() {
      text.append(source, at, source.length());
      return new SplicedText(text.toString(), splices);
    }
  }
}
