package dev.tenantgate.gateway.settings;

import java.util.AbstractSet;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Names in the order in which they came. Takes 16 bytes as long as there has been none, as with
 * most of the sets that a session has. Event-loop confined.
 */
public final class NameSet extends AbstractSet<String> {

  private @Nullable Set<String> names;

  @Override
  public boolean add(String name) {
    Set<String> all = names;
    if (all == null) {
      all = new LinkedHashSet<>(4);
      names = all;
    }
    return all.add(name);
  }

  @Override
  public boolean remove(Object name) {
    return names != null && names.remove(name);
  }

  @Override
  public boolean contains(Object name) {
    return names != null && names.contains(name);
  }

  @Override
  public boolean isEmpty() {
    return names == null || names.isEmpty();
  }

  @Override
  public int size() {
    return names == null ? 0 : names.size();
  }

  @Override
  public void clear() {
    if (names != null) {
      names.clear();
    }
  }

  @Override
  public Iterator<String> iterator() {
    return names == null ? Collections.emptyIterator() : names.iterator();
  }
}
