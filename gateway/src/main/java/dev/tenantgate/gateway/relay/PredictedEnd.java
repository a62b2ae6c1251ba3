package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.RoutineNames;
import dev.tenantgate.gateway.scan.ScannedQuery;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.statements.StatementText;
import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * Whether the client's messages so far end the transaction, so that a question of the gateway's own
 * may follow in the same write. It says so only where every message of the exchange is understood:
 * a question within the transaction would take its snapshot, and one in front of copied data would
 * end the copying. An error may leave the transaction open all the same; the ReadyForQuery tells.
 * Event-loop confined.
 */
final class PredictedEnd {

  /** A text that has the word may have the server read data instead of messages. */
  private static final RoutineNames COPY = RoutineNames.of(List.of("copy"));

  /** Texts of more effects aren't followed: some may have been left out. */
  private static final int MOST_STEPS = 200;

  /** Each message of the exchange so far is understood. */
  private boolean understood;

  /** Whether a transaction block is open behind what was executed so far. */
  private boolean inBlock;

  /** The exchange's last message has gone out, and ends the transaction. */
  private boolean ended;

  /** The text of the batch's Parse without a name has no word that may begin copying. */
  private boolean parsed;

  /** The statement that was bound last, without a portal's name; null for any other. */
  private ScannedQuery bound = ScannedQuery.NOTHING;

  private boolean isBound;

  /**
   * An exchange begins.
   *
   * @param certain whether the transaction's state is known: the server has answered all before
   * @param block whether a transaction block is open
   */
  void begins(boolean certain, boolean block) {
    understood = certain;
    inBlock = block;
    ended = false;
    parsed = false;
    isBound = false;
  }

  /** Something goes out of which nothing is known. */
  void unknown() {
    understood = false;
    ended = false;
  }

  /** A Query of that text goes out. */
  void query(ScannedQuery query, ByteBuf in, int at, int bytes) {
    ended = understood && canBeFollowed(query) && !COPY.mentionedIn(in, at, bytes);
    follow(query);
    ended &= !inBlock;
    understood = false;
  }

  /** A Parse without a name goes out. */
  void parse(ByteBuf in, int at, int bytes) {
    parsed = understood && !COPY.mentionedIn(in, at, bytes);
  }

  /** Whether the text of the unnamed statement came in this batch, and can't begin copying. */
  boolean isUnnamedKnown() {
    return parsed;
  }

  /** Whether a named statement's text can't begin copying. */
  boolean isKnown(StatementText text) {
    return understood && !text.mayCopy(in -> COPY.mentionedIn(in, 0, in.readableBytes()));
  }

  /**
   * A Bind goes out.
   *
   * @param known whether its text can't begin copying, and the portal has no name
   */
  void bind(ScannedQuery query, boolean known) {
    bound = query;
    isBound = known && understood && canBeFollowed(query);
  }

  /** An Execute goes out, of the portal without a name or of another. */
  void execute(boolean unnamed) {
    if (unnamed && isBound) {
      follow(bound);
    } else {
      understood = false;
    }
    isBound = false;
  }

  /** A Sync goes out. */
  void sync() {
    ended = understood && !inBlock;
    understood = false;
  }

  /** Whether the transaction ends with what has gone out; said once. */
  boolean take() {
    boolean was = ended;
    ended = false;
    return was;
  }

  private static boolean canBeFollowed(ScannedQuery query) {
    return query.exact()
        && query.steps().size() <= MOST_STEPS
        && !query.has(EffectKind.EXECUTE_STATEMENT);
  }

  private void follow(ScannedQuery query) {
    for (int i = 0; i < query.steps().size(); i++) {
      SessionEffect effect = query.steps().get(i).effect();
      switch (effect.kind().transaction()) {
        case BEGINS -> inBlock = true;
        case COMMITS, ROLLS_BACK -> inBlock = ((SessionEffect.TransactionEnd) effect).chain();
        case LEAVES -> inBlock = false;
        case APART, DIVIDES, ROLLS_PART_BACK -> {}
      }
    }
  }
}
