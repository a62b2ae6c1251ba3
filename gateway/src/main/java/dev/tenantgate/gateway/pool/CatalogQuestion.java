package dev.tenantgate.gateway.pool;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.protocol.Report;
import dev.tenantgate.gateway.routines.CatalogWrites;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks a backend whether anybody has defined something in the database, by the count of {@link
 * CatalogWrites}. Event-loop confined.
 */
final class CatalogQuestion extends Reply.Exchange {

  private final Consumer<@Nullable String> answered;
  private @Nullable String count;

  private CatalogQuestion(Consumer<@Nullable String> answered) {
    super(1);
    this.answered = answered;
  }

  /** Asks; the answer comes once, null if the server has none. */
  static void ask(PooledBackend backend, Consumer<@Nullable String> answered) {
    backend.unnamedIs(null, 0);
    backend.owed().add(new CatalogQuestion(answered));
    backend.write(FrontendMessage.query(backend.channel().alloc(), CatalogWrites.SQL));
    backend.flush();
  }

  @Override
  protected void row(ByteBuf in, int bodyAt) {
    int bytes = in.getInt(bodyAt + 2);
    count = bytes < 0 ? null : in.toString(bodyAt + 6, bytes, StandardCharsets.US_ASCII);
  }

  @Override
  protected void error(Report report) {
    count = null;
  }

  @Override
  protected void done() {
    answered.accept(count);
  }
}
