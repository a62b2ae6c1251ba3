package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.backend.Reply.Forgetting;
import dev.tenantgate.gateway.backend.Reply.Inserted;
import dev.tenantgate.gateway.backend.Reply.Unnamed;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Replies in the queue that accompany an answer to come, rather than being one: they are set aside
 * when their turn has come, and settled with that answer. Event-loop confined.
 */
final class AccompanyingReplies {

  private final ReplyQueue owed;
  private final SuppressedReplies untold;

  /** Statements by which others are gone, and whose outcome the server tells next. */
  private final Deque<Forgetting> forgettings = new ArrayDeque<>(0);

  AccompanyingReplies(ReplyQueue owed, SuppressedReplies untold) {
    this.owed = owed;
    this.untold = untold;
  }

  /** Whether the server may be about to say that statements are gone. */
  boolean areForgettingsDue() {
    take();
    return !forgettings.isEmpty();
  }

  /** Sets aside all whose turn has come. */
  void take() {
    for (Reply next = owed.peek(); accompanies(next); next = owed.peek()) {
      owed.poll();
    }
  }

  private boolean accompanies(@Nullable Reply next) {
    if (next instanceof Forgetting forgetting) {
      forgettings.add(forgetting);
    } else if (next instanceof Inserted inserted) {
      untold.expect(inserted);
    } else if (next instanceof Unnamed unnamed && unnamed.by() == Unnamed.By.QUERY) {
      unnamed.done();
    } else {
      return false;
    }
    return true;
  }

  /**
   * The server has done a statement.
   *
   * @param tagAt where its CommandComplete says which
   */
  void complete(ByteBuf in, int tagAt, int bytes) {
    if (!forgettings.isEmpty() && forgettings.element().by().isToldBy(in, tagAt, bytes)) {
      forgettings.removeFirst().outcome().done();
    }
  }

  /** The server hasn't done what is set aside; the last is undone first. */
  void undo() {
    while (!forgettings.isEmpty()) {
      forgettings.removeLast().outcome().undone();
    }
  }
}
