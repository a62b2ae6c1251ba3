package dev.tenantgate.migrator.changelog;

import dev.tenantgate.migrator.SchemaRef;
import dev.tenantgate.migrator.sql.SqlIdentifier;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A place in a migration's text where each schema has something of its own. Immutable.
 *
 * @param start index of its first character
 * @param end index behind its last character
 * @param value what is put there
 * @param context what it stands in, which says how that is quoted
 * @param dollarQuoted whether that stands in a dollar-quoted string
 */
public record Splice(int start, int end, Value value, Context context, boolean dollarQuoted) {

  private static final Pattern PLAIN_OR_DIGITS = Pattern.compile("[a-z0-9_]+");

  /** The kinds of text that differ between schemas. */
  public enum Value {
    SCHEMA,
    TENANT
  }

  /** The kind of text that a place stands in. */
  public enum Context {
    /** Nothing, and nothing of a name touches it. */
    ALONE,
    /** A name that isn't quoted: {@code log_${tenant}}. */
    WORD,
    /** A quoted name. */
    QUOTED_NAME,
    /** A string {@code '…'}. */
    STRING,
    /** A string whose backslashes escape: {@code E'…'}. */
    ESCAPED_STRING,
    /** Wherever it stands, it is to become a quoted name. */
    IDENT,
    /** Wherever it stands, it is to become a string. */
    LITERAL,
    /** A string that holds a quoted name: {@code 'public.users'}. */
    IDENT_IN_STRING
  }

  /** The text with each schema's own in its places, which are in order. */
  static String replaced(String text, List<Splice> splices, SchemaRef schema) {
    StringBuilder replaced = new StringBuilder(text.length() + 32 * splices.size());
    int at = 0;
    for (Splice splice : splices) {
      replaced.append(text, at, splice.start);
      replaced.append(splice.text(text, schema));
      at = splice.end;
    }
    return replaced.append(text, at, text.length()).toString();
  }

  /** The text there for a schema; it can't end the literal that it stands in. */
  private String text(String text, SchemaRef schema) {
    String own = own(schema);
    if (dollarQuoted && own.indexOf('$') >= 0) {
      // It could end the string: left as it is, it is an error of the server's.
      return text.substring(start, end);
    }
    return in(context, own, value);
  }

  private String own(SchemaRef schema) {
    @Nullable String tenant = schema.tenant();
    return value == Value.SCHEMA || tenant == null ? schema.schema() : tenant;
  }

  /** A value as it is written there. */
  private static String in(Context context, String own, Value value) {
    return switch (context) {
      case ALONE ->
          value == Value.TENANT && PLAIN_OR_DIGITS.matcher(own).matches()
              ? own
              : SqlIdentifier.quote(own);
      case WORD -> PLAIN_OR_DIGITS.matcher(own).matches() ? own : SqlIdentifier.quote(own);
      case QUOTED_NAME -> own.replace("\"", "\"\"");
      case STRING -> own.replace("'", "''");
      case ESCAPED_STRING -> own.replace("\\", "\\\\").replace("'", "''");
      case IDENT -> SqlIdentifier.quote(own);
      case LITERAL -> SqlIdentifier.literal(own);
      case IDENT_IN_STRING -> SqlIdentifier.quote(own).replace("'", "''");
    };
  }
}
