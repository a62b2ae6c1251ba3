package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.prepared.BackendStatement;
import dev.tenantgate.gateway.prepared.BackendStatements;
import dev.tenantgate.gateway.prepared.ClientStatement;
import dev.tenantgate.gateway.prepared.ClientStatements;
import dev.tenantgate.gateway.protocol.Report;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a backend owes for one message that was sent to it, as far as somebody has to know: every
 * ReadyForQuery, and the answers to Parse and Close, some of which no client asked for.
 */
public sealed interface Reply {

  byte[] DISCARD_ALL = "DISCARD ALL\0".getBytes(StandardCharsets.US_ASCII);
  byte[] DEALLOCATE_ALL = "DEALLOCATE ALL\0".getBytes(StandardCharsets.US_ASCII);

  /** Owed for messages that need no more than to be told apart. */
  enum Plain implements Reply {
    /** The ReadyForQuery of a Query or a FunctionCall. */
    QUERY_READY,
    /** The ReadyForQuery of a Sync. */
    SYNC_READY,
    /** The ParseComplete of a client's own Parse. */
    PARSE,
    /** The CloseComplete of a client's own Close. */
    CLOSE,
    /** A CloseComplete that shows that all before it went well; the client isn't told. */
    BARRIER,
    /** The ParseComplete of an unnamed statement that the client has sent to another backend. */
    PARSE_AGAIN
  }

  /** The ParseComplete of a statement that the client has prepared elsewhere. */
  record Prepared(BackendStatement statement) implements Reply {}

  /** The CloseComplete of a statement that made way for another. */
  record Evicted(BackendStatement statement) implements Reply {}

  /**
   * The ParseComplete of a client's named statement.
   *
   * @param statement as the client has it; it has none of that name if the server says no
   * @param all the client's statements
   * @param prepared as the backend has it from then on; null where the backend had it already and
   *     was sent a Close instead, of which the client is told a ParseComplete
   */
  record Defined(
      ClientStatement statement, ClientStatements all, @Nullable BackendStatement prepared)
      implements Reply {}

  /**
   * The CommandComplete of a {@code DISCARD ALL} or {@code DEALLOCATE ALL}. What the client sends
   * behind it counts on the statements being gone, so they are taken out when it goes by; should it
   * fail or be skipped, they are put back.
   *
   * @param backend has lost its statements, if it succeeds
   * @param prepared what the backend had
   * @param setStatement whether it had the gateway's own statement that sets parameters
   * @param client all the client's statements
   * @param named what it had
   */
  record Discard(
      PooledBackend backend,
      BackendStatements prepared,
      boolean setStatement,
      ClientStatements client,
      ClientStatements named)
      implements Reply {

    /** The tags of the two, of which neither is the beginning of another command's. */
    static boolean isTag(ByteBuf in, int at, int bytes) {
      return is(in, at, bytes, DISCARD_ALL) || is(in, at, bytes, DEALLOCATE_ALL);
    }

    private static boolean is(ByteBuf in, int at, int bytes, byte[] tag) {
      return bytes == tag.length
          && ByteBufUtil.equals(in, at, Unpooled.wrappedBuffer(tag), 0, bytes);
    }

    /** The server has them still. */
    void undo() {
      client.putBack(named);
      backend.statementsAreThere(prepared, setStatement);
    }
  }

  /**
   * An error that the server was made to raise, so that both sides agree on where the transaction
   * stands; the client is told another.
   */
  record Refusal(Report report) implements Reply {}

  /** A round trip of the gateway's own, to its last ReadyForQuery; the client isn't told of it. */
  abstract non-sealed class Exchange implements Reply {

    private int readies;

    protected Exchange(int readies) {
      this.readies = readies;
    }

    /** A ReadyForQuery has come; whether it was the last. */
    final boolean ready() {
      return --readies == 0;
    }

    /** A DataRow has come; its body begins at that index. */
    protected void row(ByteBuf in, int bodyAt) {}

    /** A ParameterStatus has come. */
    protected void parameter(String name, String value) {}

    /** The server raised an error. */
    protected void error(Report report) {}

    /** It is over. */
    protected abstract void done();
  }
}
