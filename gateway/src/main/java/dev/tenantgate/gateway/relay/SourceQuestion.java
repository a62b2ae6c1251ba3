package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.protocol.FrontendMessage;
import dev.tenantgate.gateway.settings.SettingsReadback;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Asks a backend which parameters have values that their session has set: all others have the
 * server's own, which it may have changed in the meantime. Asked only where a value is another than
 * the client's statements explain, for the view is dear. Event-loop confined.
 */
final class SourceQuestion extends Reply.Exchange {

  private final PooledBackend backend;
  private final Set<String> names;
  private final Runnable serverChanged;
  private final Consumer<Set<String>> answered;
  private final Set<String> ofSession = new HashSet<>();

  /**
   * Asks nothing yet.
   *
   * @param serverChanged runs where a value is the server's
   * @param answered told of those that the session has set
   */
  SourceQuestion(
      PooledBackend backend,
      Set<String> names,
      Runnable serverChanged,
      Consumer<Set<String>> answered) {
    super(1);
    this.backend = backend;
    this.names = names;
    this.serverChanged = serverChanged;
    this.answered = answered;
  }

  void send() {
    backend.owed().add(this);
    backend.write(
        FrontendMessage.query(backend.channel().alloc(), SettingsReadback.sourceSql(names)));
    backend.flush();
  }

  @Override
  protected void row(ByteBuf in, int bodyAt) {
    ofSession.add(in.toString(bodyAt + 6, in.getInt(bodyAt + 2), StandardCharsets.US_ASCII));
  }

  @Override
  protected void done() {
    if (ofSession.size() < names.size()) {
      serverChanged.run();
    }
    answered.accept(ofSession);
  }
}
