package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.backend.Reply.Inserted;
import dev.tenantgate.gateway.backend.Reply.Plain;
import dev.tenantgate.gateway.protocol.BackendMessage;
import org.jspecify.annotations.Nullable;

/**
 * Among the answers to a client's messages, those to what the gateway has put in: statements among
 * those of a Query, and messages behind an Execute. The client isn't told. Event-loop confined.
 */
final class SuppressedReplies {

  private final ReplyQueue owed;

  /** Among the answers to come are some to statements that were put in; null if there are none. */
  private @Nullable Inserted inserted;

  /** How many of the client's statements have been answered, and of ours are to be next. */
  private int answered;

  private int insertedToCome;

  /** Messages that set a parameter again are being answered, two of them a Close. */
  private boolean restoring;

  private int restoredClosed;

  SuppressedReplies(ReplyQueue owed) {
    this.owed = owed;
  }

  /** The next to be answered is a Query in which statements were put. */
  void expect(Inserted next) {
    inserted = next;
    answered = 0;
    insertedToCome = 0;
  }

  /** Whether a frame is one of them; it is taken note of. */
  boolean include(byte type) {
    Inserted among = inserted;
    return (among != null && isOfInserted(among, type))
        || (owed.peek() == Plain.RESTORED && isOfRestored(type))
        || (owed.peek() == Plain.ANSWERED_READY && type == BackendMessage.COMMAND_COMPLETE);
  }

  /** A ReadyForQuery has come: there are none of those before it any more. */
  void end() {
    inserted = null;
    endRestored();
  }

  /** Whether a frame belongs to the answer to a statement that was put in. */
  private boolean isOfInserted(Inserted among, byte type) {
    if (type == BackendMessage.COMMAND_COMPLETE) {
      if (insertedToCome > 0) {
        insertedToCome--;
        return true;
      }
      insertedToCome = answered < among.behind().size() ? among.behind().get(answered) : 0;
      answered++;
    } else if (type == BackendMessage.ERROR_RESPONSE) {
      insertedToCome = 0;
    }
    return false;
  }

  /** Whether a frame answers the messages that set a parameter again: a Parse is the first. */
  private boolean isOfRestored(byte type) {
    switch (type) {
      case BackendMessage.PARSE_COMPLETE -> restoring = true;
      case BackendMessage.BIND_COMPLETE,
          BackendMessage.DATA_ROW,
          BackendMessage.NOTICE_RESPONSE,
          BackendMessage.COMMAND_COMPLETE -> {
        return restoring;
      }
      case BackendMessage.CLOSE_COMPLETE -> {
        if (restoring && ++restoredClosed == 2) {
          endRestored();
          owed.poll();
          return true;
        }
      }
      default -> {
        return false;
      }
    }
    return restoring;
  }

  private void endRestored() {
    restoring = false;
    restoredClosed = 0;
  }
}
