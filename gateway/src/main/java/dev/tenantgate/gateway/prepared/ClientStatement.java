package dev.tenantgate.gateway.prepared;

import org.jspecify.annotations.Nullable;

/** A statement under the name that a client gave it. Event-loop confined. */
public final class ClientStatement {

  final byte[] name;
  private final StatementText text;
  private @Nullable PlanKey lastKey;

  ClientStatement(byte[] name, StatementText text) {
    this.name = name;
    this.text = text;
  }

  public StatementText text() {
    return text;
  }

  /** What a backend's statement has to match to be used for it; nearly always the last one. */
  public PlanKey key(@Nullable String searchPath, long generation) {
    PlanKey key = lastKey;
    if (key == null || !key.is(searchPath, generation)) {
      key = new PlanKey(text, searchPath, generation);
      lastKey = key;
    }
    return key;
  }
}
