package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.routines.TextDefinitions;
import dev.tenantgate.gateway.scan.LexicalRules;
import dev.tenantgate.gateway.scan.LongScan;
import dev.tenantgate.gateway.scan.LongScans;
import dev.tenantgate.gateway.scan.ParameterNames;
import dev.tenantgate.gateway.scan.QualifiedNames;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.SqlScan;
import dev.tenantgate.migrator.sql.SqlScript;
import io.netty.buffer.ByteBuf;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A long text of a client's is looked at beside the event loop, and its message waits for that.
 * Event-loop confined.
 */
final class LongLook {

  private final Relay relay;
  private final LongScans scans;

  /** Null before the first long text. */
  private @Nullable LongScan<Found> scan;

  private @Nullable Found found;

  /**
   * All that was found in a text.
   *
   * @param rules by which it was read
   * @param query what it does to the session
   * @param definitions what it defines
   * @param script its statements, where something may have to stand between them
   * @param parameters names that may be parameters
   */
  record Found(
      LexicalRules rules,
      ScannedQuery query,
      TextDefinitions definitions,
      @Nullable SqlScript script,
      Set<String> parameters) {

    static Found in(ByteBuf text, LexicalRules rules, QualifiedNames names) {
      int bytes = text.readableBytes();
      ScannedQuery query = names.addTo(SqlScan.scan(text, 0, bytes, rules), text, 0, bytes, rules);
      Set<String> parameters = new HashSet<>();
      ParameterNames.addFrom(text, 0, bytes, parameters);
      return new Found(
          rules,
          query,
          TextDefinitions.find(text, 0, bytes, query),
          RestoringQuery.mayNeed(query)
              ? SqlScript.scan(text.toString(0, bytes, RestoringQuery.BYTES))
              : null,
          parameters);
    }
  }

  LongLook(Relay relay, LongScans scans) {
    this.relay = relay;
    this.scans = scans;
  }

  private LongScan<Found> scan() {
    LongScan<Found> known = scan;
    if (known == null) {
      known =
          new LongScan<>(
              scans, relay.frontend().channel().eventLoop(), relay::goOn, relay::brokenBeside);
      scan = known;
    }
    return known;
  }

  /** Whether the message at hand may go on: its text is short, or has been looked at. */
  boolean isDone(ByteBuf in, int at, int bytes) {
    if (bytes < LongScans.LEAST_BYTES) {
      return true;
    }
    LexicalRules rules = relay.effects().texts().rules();
    QualifiedNames names = relay.passage().gate().qualified();
    Found result = scan().find(in, at, bytes, text -> Found.in(text, rules, names));
    if (result != null && !result.rules().equals(rules)) {
      scan().used();
      return isDone(in, at, bytes);
    }
    found = result;
    return result != null;
  }

  /** All that was found in the text of the message at hand; null if that is short. */
  @Nullable Found found() {
    return found;
  }

  /** Its statements, if those have been looked for. */
  @Nullable SqlScript script() {
    return found == null ? null : found.script();
  }

  /** The message has gone on. */
  void used() {
    if (found != null) {
      found = null;
      scan().used();
    }
  }

  /** The session ends. */
  void end() {
    found = null;
    if (scan != null) {
      scan.end();
    }
  }
}
