package dev.tenantgate.gateway.console;

import dev.tenantgate.gateway.protocol.BackendMessage;
import dev.tenantgate.gateway.protocol.Report;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The simple query protocol: the commands of a Query, one after the other, and a ReadyForQuery
 * behind the last or behind an error. Event-loop confined.
 */
final class SimpleQuery {

  private static final short[] TEXT = {};

  private final ConsoleVisit visit;

  /** The rest of the Query; null if none is under way. */
  private @Nullable Iterator<Command> commands;

  SimpleQuery(ConsoleVisit visit) {
    this.visit = visit;
  }

  /** Whether a Query isn't answered yet. */
  boolean isUnderWay() {
    return commands != null;
  }

  /** Takes the body of a Query. */
  void query(ByteBuf body) {
    List<Command> read;
    try {
      read = CommandReader.read(text(body));
    } catch (ConsoleException e) {
      refused(e.report());
      return;
    }
    if (read.isEmpty()) {
      ByteBuf out = visit.channel().alloc().buffer(8);
      ResultWriter.bare(out, BackendMessage.EMPTY_QUERY_RESPONSE);
      visit.write(out);
    }
    commands = read.iterator();
    next();
  }

  /** The text in front of the first NUL. */
  static String text(ByteBuf body) {
    int bytes = body.bytesBefore((byte) 0);
    return body.readString(bytes < 0 ? body.readableBytes() : bytes, StandardCharsets.UTF_8);
  }

  private void next() {
    Iterator<Command> left = commands;
    if (left != null && left.hasNext()) {
      visit.run(left.next(), this::answered, this::refused);
    } else {
      commands = null;
      visit.ready();
      visit.goOn();
    }
  }

  private void answered(Answer answer) {
    answer.notices().forEach(visit::write);
    Table table = answer.table();
    if (table == null) {
      complete(answer.tag());
      return;
    }
    ByteBuf out = visit.channel().alloc().buffer(256);
    ResultWriter.describe(out, table.columns(), TEXT);
    visit.write(out);
    visit.send(table, TEXT, 0, whole -> complete(answer.tag()));
  }

  private void complete(String tag) {
    ByteBuf out = visit.channel().alloc().buffer(32);
    ResultWriter.complete(out, tag);
    visit.write(out);
    next();
  }

  private void refused(Report report) {
    commands = null;
    visit.write(report);
    visit.ready();
    visit.goOn();
  }
}
