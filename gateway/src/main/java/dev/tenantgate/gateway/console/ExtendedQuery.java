package dev.tenantgate.gateway.console;

import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.ProtocolViolation;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.protocol.SqlState;
import io.netty.buffer.ByteBuf;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The extended query protocol, for commands without parameters. An error skips what follows up to
 * the next Sync. Event-loop confined.
 */
final class ExtendedQuery {

  /** A client may keep so many statements, and as many portals. */
  private static final int MOST_NAMES = 100;

  private static final short[] TEXT = {};

  private final ConsoleVisit visit;
  private final Map<String, Prepared> statements = new HashMap<>(2);
  private final Map<String, Portal> portals = new HashMap<>(2);
  private boolean skipping;

  /** A statement; without a command where its text is empty. */
  private record Prepared(@Nullable Command command) {}

  private static final class Portal {
    final @Nullable Command command;
    final short[] formats;

    /** Its rows, once it has been executed for the first time. */
    @Nullable Answer begun;

    Portal(@Nullable Command command, short[] formats) {
      this.command = command;
      this.formats = formats;
    }
  }

  ExtendedQuery(ConsoleVisit visit) {
    this.visit = visit;
  }

  /** Whether messages are passed over up to the next Sync. */
  boolean isSkipping() {
    return skipping;
  }

  /**
   * Takes a message.
   *
   * @return whether it is one of these
   */
  boolean take(byte type, ByteBuf body) {
    if (type == FrontendMessage.SYNC) {
      skipping = false;
      if (!visit.isInBlock()) {
        portals.clear(); // they end with the transaction
      }
      visit.ready();
      return true;
    }
    if (type == FrontendMessage.FLUSH || skipping) {
      return true;
    }
    try {
      switch (type) {
        case FrontendMessage.PARSE -> parse(body);
        case FrontendMessage.BIND -> bind(body);
        case FrontendMessage.DESCRIBE -> describe(body);
        case FrontendMessage.EXECUTE -> execute(body);
        case FrontendMessage.CLOSE -> close(body);
        default -> {
          return false;
        }
      }
    } catch (ConsoleException e) {
      refused(e.report());
    } catch (IndexOutOfBoundsException e) {
      throw new ProtocolViolation("a message is shorter than what it says");
    }
    return true;
  }

  private void parse(ByteBuf body) {
    String name = name(body);
    List<Command> commands = CommandReader.read(name(body));
    if (commands.size() > 1) {
      throw new ConsoleException(
          SqlState.SYNTAX_ERROR, "cannot insert multiple commands into a prepared statement", null);
    }
    keep(statements, name, new Prepared(commands.isEmpty() ? null : commands.get(0)));
    bare(BackendMessage.PARSE_COMPLETE);
  }

  private void bind(ByteBuf body) {
    String portal = name(body);
    Prepared prepared = prepared(name(body));
    formats(body);
    int parameters = body.readUnsignedShort();
    if (parameters > 0) {
      throw new ConsoleException(
          SqlState.PROTOCOL_VIOLATION,
          "%d parameters are given, and commands of the console have none".formatted(parameters),
          null);
    }
    short[] formats = formats(body);
    int columns = columns(prepared.command()).size();
    if (formats.length > 1 && formats.length != columns) {
      throw new ConsoleException(
          SqlState.PROTOCOL_VIOLATION,
          "%d result formats are given for %d columns".formatted(formats.length, columns),
          null);
    }
    keep(portals, portal, new Portal(prepared.command(), formats));
    bare(BackendMessage.BIND_COMPLETE);
  }

  private static short[] formats(ByteBuf body) {
    short[] formats = new short[body.readUnsignedShort()];
    for (int i = 0; i < formats.length; i++) {
      formats[i] = body.readShort();
    }
    return formats;
  }

  private void describe(ByteBuf body) {
    boolean portal = body.readByte() == 'P';
    String name = name(body);
    ByteBuf out = visit.channel().alloc().buffer(256);
    try {
      if (!portal) {
        ResultWriter.noParameters(out);
      }
      List<Column> columns = columns(portal ? portal(name).command : prepared(name).command());
      if (columns.isEmpty()) {
        ResultWriter.bare(out, BackendMessage.NO_DATA);
      } else {
        ResultWriter.describe(out, columns, portal ? portal(name).formats : TEXT);
      }
      visit.write(out.retain());
    } finally {
      out.release();
    }
  }

  private void execute(ByteBuf body) {
    Portal portal = portal(name(body));
    long most = body.readUnsignedInt();
    Command command = portal.command;
    if (command == null) {
      bare(BackendMessage.EMPTY_QUERY_RESPONSE);
      return;
    }
    Answer begun = portal.begun;
    if (begun != null) {
      send(portal, begun, most);
      return;
    }
    visit.run(
        command,
        answer -> {
          portal.begun = answer;
          answer.notices().forEach(visit::write);
          send(portal, answer, most);
        },
        this::refused);
  }

  private void send(Portal portal, Answer answer, long most) {
    Table table = answer.table();
    if (table == null) {
      complete(answer.tag());
      return;
    }
    visit.send(
        table,
        portal.formats,
        most,
        whole -> {
          if (whole) {
            complete(answer.tag());
          } else {
            bare(BackendMessage.PORTAL_SUSPENDED);
          }
        });
  }

  private void close(ByteBuf body) {
    boolean portal = body.readByte() == 'P';
    String name = name(body);
    if (portal) {
      portals.remove(name);
    } else {
      statements.remove(name);
    }
    bare(BackendMessage.CLOSE_COMPLETE);
  }

  // ---- names

  private static String name(ByteBuf body) {
    String name = SimpleQuery.text(body);
    body.skipBytes(1);
    return name;
  }

  private Prepared prepared(String name) {
    Prepared prepared = statements.get(name);
    if (prepared == null) {
      throw new ConsoleException(
          SqlState.INVALID_SQL_STATEMENT_NAME,
          "prepared statement \"%s\" does not exist".formatted(name),
          null);
    }
    return prepared;
  }

  private Portal portal(String name) {
    Portal portal = portals.get(name);
    if (portal == null) {
      throw new ConsoleException(
          SqlState.INVALID_CURSOR_NAME, "portal \"%s\" does not exist".formatted(name), null);
    }
    return portal;
  }

  private static <T> void keep(Map<String, T> all, String name, T one) {
    if (!name.isEmpty() && all.containsKey(name)) {
      throw new ConsoleException(
          SqlState.DUPLICATE_PREPARED_STATEMENT, "\"%s\" already exists".formatted(name), null);
    }
    if (all.size() >= MOST_NAMES && !all.containsKey(name)) {
      throw new ConsoleException(
          SqlState.PROGRAM_LIMIT_EXCEEDED,
          "a console keeps at most %d statements and portals".formatted(MOST_NAMES),
          null);
    }
    all.put(name, one);
  }

  private static List<Column> columns(@Nullable Command command) {
    return command == null ? List.of() : command.columns();
  }

  // ---- answers

  private void complete(String tag) {
    ByteBuf out = visit.channel().alloc().buffer(32);
    ResultWriter.complete(out, tag);
    visit.write(out);
  }

  private void bare(byte type) {
    ByteBuf out = visit.channel().alloc().buffer(5);
    ResultWriter.bare(out, type);
    visit.write(out);
  }

  private void refused(Report report) {
    skipping = true;
    visit.write(report);
  }
}
