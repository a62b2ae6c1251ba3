package dev.tenantgate.gateway.relay;

import dev.tenantgate.gateway.backend.PooledBackend;
import dev.tenantgate.gateway.backend.Reply;
import dev.tenantgate.gateway.memory.SessionMemory;
import dev.tenantgate.gateway.scan.EffectKind;
import dev.tenantgate.gateway.scan.SessionEffect;
import dev.tenantgate.gateway.settings.SessionSettings;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A RESET in the extended protocol. As in a {@link RestoringQuery}, what the client began with is
 * set behind it: by messages of our own behind its Execute, which the server skips or rolls back
 * with it, and before it looks at the client's next. Event-loop confined.
 */
final class BatchResets {

  private static final OwnStatement RESET = new OwnStatement("reset");

  private final Supplier<SessionSettings> startup;
  private final Listening listening;

  /** Statements that are to follow the Execute of a portal, by its name. */
  private Map<String, List<String>> portals = Map.of();

  private final SessionMemory memory;
  private int bytes;

  /** For a client that began with these, and listens. */
  BatchResets(Supplier<SessionSettings> startup, Listening listening, SessionMemory memory) {
    this.startup = startup;
    this.listening = listening;
    this.memory = memory;
  }

  private static int size(String portal, List<String> statements) {
    int bytes = 96 + portal.length();
    for (String statement : statements) {
      bytes += 64 + statement.length();
    }
    return bytes;
  }

  private void remove(String portal) {
    List<String> statements = portals.isEmpty() ? null : portals.remove(portal);
    if (statements != null) {
      int less = size(portal, statements);
      bytes -= less;
      memory.give(less, 0);
    }
  }

  /** There is no portal any more. */
  void clear() {
    if (!portals.isEmpty()) {
      portals = Map.of();
      memory.give(bytes, 0);
      bytes = 0;
    }
  }

  /** Whether the name in an Execute has to be read. */
  boolean wantsNames() {
    return !portals.isEmpty();
  }

  /**
   * A portal is made.
   *
   * @param effects what its statement does
   * @return whether it has resets, and all of them are taken care of here; a DISCARD ALL isn't, for
   *     it stands although a later error rolls back what is set behind it
   */
  boolean bound(String portal, List<SessionEffect> effects) {
    remove(portal);
    List<String> statements = new ArrayList<>();
    boolean lasts = false;
    for (SessionEffect effect : effects) {
      boolean discards =
          effect.kind().parameters() == EffectKind.Parameters.ALL; // with a RESET ALL in it
      lasts |= discards;
      RestoringQuery.restore(
          discards ? SessionEffect.of(EffectKind.RESET_ALL) : effect, startup.get(), statements);
    }
    if (!RestoringQuery.canRestore(startup.get())) {
      statements.clear();
    }
    boolean resets = !statements.isEmpty();
    effects.forEach(effect -> listening.follow(effect, statements));
    if (!statements.isEmpty()) {
      if (portals.isEmpty()) {
        portals = new HashMap<>(2);
      }
      portals.put(portal, statements);
      int more = size(portal, statements);
      bytes += more;
      memory.keep(more, 0);
    }
    return resets && !lasts;
  }

  /**
   * The statements that are to follow a portal's Execute; null for none. The server may skip the
   * Execute, and run the portal later in the transaction. It runs no portal twice.
   */
  @Nullable List<String> behind(String portal) {
    return portals.get(portal);
  }

  /** Writes what sets it. */
  static void write(PooledBackend backend, List<String> statements) {
    for (String statement : statements) {
      backend.write(RESET.write(backend.channel().alloc().buffer(128), statement.substring(1)));
      backend.owed().add(Reply.Plain.RESTORED);
    }
  }

  /** Appends the messages that run one of them; {@link Reply.Plain#RESTORED} answers them. */
  static void append(ByteBuf out, String statement) {
    RESET.write(out, statement.substring(1));
  }

  /**
   * Has the server analyse a text, and keep nothing. Its error is the client's, who isn't told
   * otherwise.
   *
   * @param text the text and its types of parameters, as in a Parse behind the name
   */
  static void writeAnalysis(PooledBackend backend, ByteBuf text) {
    ByteBuf out = backend.channel().alloc().buffer(text.readableBytes() + 128);
    backend.write(RESET.writeAnalysis(out, text));
    backend.owed().add(Reply.Plain.RESTORED);
  }

  /** The same under a name that may be taken. */
  static void writeTrial(PooledBackend backend, ByteBuf name, ByteBuf text) {
    ByteBuf out = backend.channel().alloc().buffer(text.readableBytes() + 128);
    backend.write(OwnStatement.writeTrial(out, name, text));
    backend.owed().add(Reply.Plain.RESTORED);
  }
}
