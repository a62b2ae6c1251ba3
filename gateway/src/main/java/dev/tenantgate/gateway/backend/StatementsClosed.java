package dev.tenantgate.gateway.backend;

import dev.tenantgate.gateway.protocol.FrontendMessage;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Collection;

/**
 * Closes statements behind what used them, within the same lease: the client isn't told. The lease
 * goes on, or ends, when that is done. Event-loop confined.
 */
public final class StatementsClosed extends Reply.Exchange {

  private final PooledBackend backend;

  private StatementsClosed(PooledBackend backend) {
    super(1);
    this.backend = backend;
  }

  /** Closes the statements of these names, in a batch of its own. */
  public static void close(PooledBackend backend, Collection<String> names) {
    ByteBuf out = backend.channel().alloc().buffer(64);
    for (String name : names) {
      byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
      out.writeByte(FrontendMessage.CLOSE).writeInt(4 + 1 + bytes.length + 1);
      out.writeByte('S').writeBytes(bytes).writeByte(0);
    }
    out.writeByte(FrontendMessage.SYNC).writeInt(4);
    backend.owed().add(new StatementsClosed(backend));
    backend.write(out);
  }

  @Override
  protected void done() {
    LeaseHolder holder = backend.lessee();
    if (holder == null) {
      return;
    }
    if (backend.isBetweenTransactions()) {
      holder.settled();
    } else {
      holder.ready(false);
    }
  }
}
