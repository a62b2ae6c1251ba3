package dev.tenantgate.gateway.transaction;

import dev.tenantgate.gateway.scan.LexicalRules;
import dev.tenantgate.gateway.scan.LongScan;
import dev.tenantgate.gateway.scan.LongScans;
import dev.tenantgate.gateway.scan.QualifiedNames;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.SqlScan;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * A long text of a client's is looked at beside the event loop, and its message waits for that.
 * Event-loop confined.
 */
final class LongLook {

  private final TransactionRelay relay;
  private final LongScan<Found> scan;
  private @Nullable Found found;

  /**
   * What was found in a text.
   *
   * @param rules by which it was read
   * @param query what it does to the session
   * @param definitions what it defines
   */
  record Found(LexicalRules rules, ScannedQuery query, TextDefinitions definitions) {

    static Found in(ByteBuf text, LexicalRules rules, QualifiedNames names) {
      int bytes = text.readableBytes();
      ScannedQuery query = names.addTo(SqlScan.scan(text, 0, bytes, rules), text, 0, bytes, rules);
      return new Found(rules, query, TextDefinitions.find(text, 0, bytes, query));
    }
  }

  LongLook(TransactionRelay relay, LongScans scans) {
    this.relay = relay;
    this.scan =
        new LongScan<>(scans, relay.frontend().eventLoop(), relay::goOn, relay::brokenBeside);
  }

  /** Whether the message at hand may go on: its text is short, or has been looked at. */
  boolean isDone(ByteBuf in, int at, int bytes) {
    if (bytes < LongScans.LEAST_BYTES) {
      return true;
    }
    LexicalRules rules = relay.effects().lexicalRules();
    QualifiedNames names = relay.passage().gate().qualified();
    Found result = scan.find(in, at, bytes, text -> Found.in(text, rules, names));
    if (result != null && !result.rules().equals(rules)) {
      scan.used();
      return isDone(in, at, bytes);
    }
    found = result;
    return result != null;
  }

  /** What was found in the text of the message at hand; null if that is short. */
  @Nullable Found found() {
    return found;
  }

  /** The message has gone on. */
  void used() {
    if (found != null) {
      found = null;
      scan.used();
    }
  }

  /** The session ends. */
  void end() {
    found = null;
    scan.end();
  }
}
