package dev.tenantgate.gateway.admin;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The operations of late, the oldest ended ones forgotten first. Thread-safe. */
final class Operations {

  private static final int KEPT = 200;

  private final Map<String, Operation> byId = new LinkedHashMap<>();

  synchronized Operation begin(int schemas) {
    Operation operation = new Operation(UUID.randomUUID().toString(), schemas);
    byId.put(operation.id(), operation);
    Iterator<Operation> oldest = byId.values().iterator();
    while (byId.size() > KEPT && oldest.hasNext()) {
      if (oldest.next().ended()) {
        oldest.remove();
      }
    }
    return operation;
  }

  synchronized @Nullable Operation find(String id) {
    return byId.get(id);
  }
}
