package dev.tenantgate.gateway.transaction;

import dev.tenantgate.gateway.pool.PooledBackend;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.TextDigest;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A text that is too long to wait for: it goes to the backend as it comes, and is scanned as it
 * passes. The server does nothing before its end, by which it is known what it does. Event-loop
 * confined.
 */
final class LongText {

  private final TransactionRelay relay;
  private final Requests requests;
  private final EffectGate effects;
  private final UnnamedStatement unnamed;
  private @Nullable TextDigest digest;
  private @Nullable PooledBackend backend;
  private byte type;
  private boolean named;
  private boolean namedOpaque;

  LongText(
      TransactionRelay relay, Requests requests, EffectGate effects, UnnamedStatement unnamed) {
    this.relay = relay;
    this.requests = requests;
    this.effects = effects;
    this.unnamed = unnamed;
  }

  /** The text of the Query at hand follows. */
  void beginQuery(PooledBackend to) {
    begin(to, FrontendMessage.QUERY);
  }

  /** The text of the Parse at hand follows, behind the statement's name. */
  void beginParse(PooledBackend to, boolean underName) {
    named = underName;
    begin(to, FrontendMessage.PARSE);
  }

  private void begin(PooledBackend to, byte messageType) {
    TextDigest begun =
        new TextDigest(
            relay.effects().lexicalRules(), text -> effects.mayHide(text, 0, text.writerIndex()));
    digest = messageType == FrontendMessage.PARSE ? begun.behindName() : begun;
    backend = to;
    type = messageType;
    requests.watchText();
  }

  /** Whether a statement under a name of the client's may do what nobody foresees. */
  boolean hasNamedOpaque() {
    return namedOpaque;
  }

  /** The next part of it; whether it may go on. */
  boolean passing(ByteBuf in, int at, int bytes, boolean last) {
    TextDigest text = Objects.requireNonNull(digest);
    text.add(in, at, bytes);
    if (!last) {
      return true;
    }
    digest = null;
    return conclude(text, Objects.requireNonNull(backend));
  }

  private boolean conclude(TextDigest text, PooledBackend to) {
    ByteBuf whole = text.whole();
    ScannedQuery query = text.end();
    if (whole != null) {
      query = effects.scan(whole, 0, whole.writerIndex());
      effects.noteDefinitions(whole, 0, whole.writerIndex(), query);
    }
    if (query.isEmpty()) {
      return true;
    }
    if (type == FrontendMessage.QUERY && EffectGate.isTransactionControl(query)) {
      return effects.apply(to, query, null, type) == Requests.FORWARD;
    }
    // What it is can't be refused any more where half of it is sent: its end is never.
    Report objection = effects.objectionToOpaque();
    if (objection != null) {
      relay.failLater(objection.asFatal());
      return false;
    }
    if (type == FrontendMessage.QUERY) {
      effects.apply(to, EffectGate.UNSEEN, null, type);
      relay.unforeseen().expect(to);
      relay.unforeseen().exchangeEnds(to, requests.isBehindBatch());
    } else if (named) {
      namedOpaque = true;
    } else {
      unnamed.unseenDoes(EffectGate.UNSEEN);
    }
    return true;
  }
}
