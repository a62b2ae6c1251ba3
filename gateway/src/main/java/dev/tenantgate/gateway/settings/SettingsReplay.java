package dev.tenantgate.gateway.settings;

import dev.tenantgate.gateway.statements.GatewayNames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The messages that bring a backend from one session's settings to another's. Values travel as
 * parameters of a prepared {@code set_config}, names that go back to their default as quoted
 * identifiers: nothing a client chose becomes SQL.
 *
 * <p>What goes back to its default goes first, by the rights of the user that has logged in, and so
 * does what only that one may set. The user whom the client is comes last. Confined to its making.
 */
public final class SettingsReplay {

  /** Of the statement that sets; prepared once on each backend. */
  private static final byte[] STATEMENT = ascii(GatewayNames.prefix() + "set");

  private static final byte[] SET = ascii("SELECT pg_catalog.set_config($1, $2, false)");
  private static final String ROLE = "role";
  private static final String USER = "session_authorization";
  private static final String CLIENT_ENCODING = "client_encoding";
  private static final int TEXT_OID = 25;

  /**
   * Parameters whose values, once a server has taken them, it takes again whatever happens in
   * between: what follows needs not wait for their outcome.
   */
  private static final Set<String> CERTAIN =
      Set.of(
          "search_path",
          "application_name",
          "client_encoding",
          "client_min_messages",
          "datestyle",
          "intervalstyle",
          "timezone",
          "standard_conforming_strings",
          "bytea_output",
          "extra_float_digits",
          "statement_timeout",
          "lock_timeout",
          "idle_in_transaction_session_timeout",
          "default_transaction_isolation",
          "default_transaction_read_only",
          "default_transaction_deferrable",
          "synchronous_commit",
          "work_mem",
          "jit",
          "row_security",
          "check_function_bodies",
          "escape_string_warning",
          "backslash_quote",
          "xmloption",
          "lc_messages");

  private static final String SEARCH_PATH = "search_path";

  /** The Bind that sets search_path, between its length and the value's. */
  private static final byte[] BIND_PATH = bindPath();

  /** The Execute behind it, and the Sync. */
  private static final byte[] RUN_PATH = {0, 0, 'E', 0, 0, 0, 9, 0, 0, 0, 0, 0, 'S', 0, 0, 0, 4};

  private final List<String> names = new ArrayList<>();
  private final List<String> values = new ArrayList<>();
  private final List<String> resets = new ArrayList<>();

  /** The client's encoding is the default, but values are sent in another. */
  private boolean resetsEncoding;

  private boolean certain = true;

  /** From a backend's settings to a client's. */
  public SettingsReplay(SessionSettings from, SessionSettings to) {
    from.differences(to, this::change);
    if (mustBeLoggedInUser(from, to)) {
      dropUser(from);
    }
    // The session's user, if it changes, takes the role with it.
    for (String name : List.of(USER, ROLE)) {
      int at = names.indexOf(name);
      if (at >= 0) {
        names.add(names.remove(at));
        values.add(values.remove(at));
      } else if (resets.contains(name) && to.get(name) != null) {
        names.add(name);
        values.add(to.get(name));
      }
    }
    encode(from, to);
  }

  /**
   * The messages where nothing but the path is another, as from one tenant to the next; the
   * statement that sets is there. The server answers with one ReadyForQuery, and takes the value
   * for sure. The caller owns the buffer.
   *
   * @return null where more is another, or the value isn't ASCII
   */
  public static @Nullable ByteBuf toPath(
      SessionSettings from, SessionSettings to, ByteBufAllocator allocator) {
    String path = from.valueOfOnly(SEARCH_PATH, to);
    if (path == null || !isAscii(path)) {
      return null;
    }
    int valueBytes = path.length();
    int bindBytes = 4 + BIND_PATH.length + 4 + valueBytes + 2;
    ByteBuf out = allocator.buffer(1 + bindBytes + RUN_PATH.length);
    out.writeByte('B').writeInt(bindBytes).writeBytes(BIND_PATH).writeInt(valueBytes);
    ByteBufUtil.writeAscii(out, path);
    return out.writeBytes(RUN_PATH);
  }

  private static byte[] bindPath() {
    ByteBuf out = Unpooled.buffer();
    out.writeByte(0).writeBytes(STATEMENT).writeByte(0).writeShort(0).writeShort(2);
    writeParameter(out, SEARCH_PATH);
    return ByteBufUtil.getBytes(out);
  }

  /** Whether anything is to be done that the user of the session before may have no right to. */
  private boolean mustBeLoggedInUser(SessionSettings from, SessionSettings to) {
    boolean other = from.get(USER) != null || from.get(ROLE) != null;
    return other
        && (!certain
            || !Objects.equals(from.get(USER), to.get(USER))
            || !Objects.equals(from.get(ROLE), to.get(ROLE)));
  }

  /** The session is the user's again that has logged in, before anything else. */
  private void dropUser(SessionSettings from) {
    resets.remove(USER);
    resets.remove(ROLE);
    resets.add(0, ROLE);
    if (from.get(USER) != null) {
      resets.add(0, USER);
    }
  }

  /** Values are written in UTF-8, and read in the encoding that is in force when they come. */
  private void encode(SessionSettings from, SessionSettings to) {
    int encoding = names.indexOf(CLIENT_ENCODING);
    String wanted = encoding < 0 ? null : values.remove(encoding);
    if (wanted != null) {
      names.remove(encoding);
    }
    if (!values.stream().allMatch(SettingsReplay::isAscii)
        && (resets.contains(CLIENT_ENCODING) || !"UTF8".equals(from.get(CLIENT_ENCODING)))) {
      names.add(0, CLIENT_ENCODING);
      values.add(0, "UTF8");
      String last = to.get(CLIENT_ENCODING);
      if (last != null) {
        wanted = last;
      } else {
        resetsEncoding = true;
      }
    }
    if (wanted != null) {
      names.add(CLIENT_ENCODING);
      values.add(wanted);
    }
  }

  private void change(String name, @Nullable String value) {
    certain &= CERTAIN.contains(name);
    if (value == null) {
      resets.add(name);
    } else {
      names.add(name);
      values.add(value);
    }
  }

  public boolean isEmpty() {
    return names.isEmpty() && resets.isEmpty();
  }

  /** Whether it succeeds for sure, so that the client's own messages may follow at once. */
  public boolean isCertain() {
    return certain;
  }

  /** How many ReadyForQuery the server answers with. */
  public int readies() {
    return (resets.isEmpty() ? 0 : 1) + (names.isEmpty() ? 0 : 1) + (resetsEncoding ? 1 : 0);
  }

  /** Whether it has a simple Query, which ends the server's unnamed statement. */
  public boolean endsUnnamedStatement() {
    return !resets.isEmpty() || resetsEncoding;
  }

  /** Whether it uses the statement that sets. */
  public boolean sets() {
    return !names.isEmpty();
  }

  /**
   * All messages. The caller owns the buffer.
   *
   * @param prepare whether the statement that sets has to be prepared first
   */
  public ByteBuf encode(ByteBufAllocator allocator, boolean prepare) {
    ByteBuf out = allocator.buffer(256);
    if (!resets.isEmpty()) {
      writeResets(out, resets);
    }
    if (!names.isEmpty()) {
      if (prepare) {
        writeParse(out);
      }
      for (int i = 0; i < names.size(); i++) {
        writeSet(out, names.get(i), values.get(i));
      }
      out.writeByte('S').writeInt(4);
    }
    if (resetsEncoding) {
      writeResets(out, List.of(CLIENT_ENCODING));
    }
    return out;
  }

  /** A Parse of the statement that sets parameters. The caller owns the buffer. */
  public static ByteBuf prepare(ByteBufAllocator allocator) {
    ByteBuf out = allocator.buffer(128);
    writeParse(out);
    return out.writeByte('S').writeInt(4);
  }

  private static void writeResets(ByteBuf out, List<String> parameters) {
    int lengthAt = begin(out, 'Q');
    for (String name : parameters) {
      out.writeCharSequence("RESET ", StandardCharsets.US_ASCII);
      String separator = "";
      for (String part : name.split("\\.", -1)) {
        ByteBufUtil.writeUtf8(out, separator + '"' + part.replace("\"", "\"\"") + '"');
        separator = ".";
      }
      out.writeByte(';');
    }
    out.writeByte(0);
    end(out, lengthAt);
  }

  private static void writeParse(ByteBuf out) {
    int lengthAt = begin(out, 'P');
    out.writeBytes(STATEMENT).writeByte(0).writeBytes(SET).writeByte(0);
    out.writeShort(2).writeInt(TEXT_OID).writeInt(TEXT_OID);
    end(out, lengthAt);
  }

  private static void writeSet(ByteBuf out, String name, String value) {
    int lengthAt = begin(out, 'B');
    out.writeByte(0).writeBytes(STATEMENT).writeByte(0).writeShort(0).writeShort(2);
    writeParameter(out, name);
    writeParameter(out, value);
    out.writeShort(0);
    end(out, lengthAt);
    out.writeByte('E').writeInt(9).writeByte(0).writeInt(0);
  }

  private static void writeParameter(ByteBuf out, String text) {
    int lengthAt = out.writerIndex();
    out.writeInt(0);
    int bytes = ByteBufUtil.writeUtf8(out, text);
    out.setInt(lengthAt, bytes);
  }

  private static int begin(ByteBuf out, char type) {
    out.writeByte(type);
    int lengthAt = out.writerIndex();
    out.writeInt(0);
    return lengthAt;
  }

  private static void end(ByteBuf out, int lengthAt) {
    out.setInt(lengthAt, out.writerIndex() - lengthAt);
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 127) {
        return false;
      }
    }
    return true;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
