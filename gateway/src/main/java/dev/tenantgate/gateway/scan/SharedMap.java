package dev.tenantgate.gateway.scan;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A map from names, changed by making another one that shares all but a path of its nodes (an AVL
 * tree, as in Okasaki's and Adams's papers). So a savepoint's view of the settings costs what was
 * changed behind it. Immutable.
 *
 * @param <V> the values' type
 */
final class SharedMap<V> extends AbstractMap<String, V> {

  private static final SharedMap<Object> EMPTY = new SharedMap<>(null, 0);

  private final @Nullable Node<V> root;
  private final int size;

  private SharedMap(@Nullable Node<V> root, int size) {
    this.root = root;
    this.size = size;
  }

  private record Node<V>(
      String key, V value, @Nullable Node<V> left, @Nullable Node<V> right, int height) {

    static <V> Node<V> of(String key, V value, @Nullable Node<V> left, @Nullable Node<V> right) {
      return new Node<>(key, value, left, right, 1 + Math.max(depth(left), depth(right)));
    }

    static int depth(@Nullable Node<?> node) {
      return node == null ? 0 : node.height;
    }
  }

  @SuppressWarnings("unchecked") // it has no value
  static <V> SharedMap<V> empty() {
    return (SharedMap<V>) EMPTY;
  }

  /** The same with a value. */
  SharedMap<V> with(String key, V value) {
    return new SharedMap<>(put(root, key, value), containsKey(key) ? size : size + 1);
  }

  /** The same without one. */
  SharedMap<V> without(String key) {
    if (!containsKey(key)) {
      return this;
    }
    return size == 1 ? empty() : new SharedMap<>(remove(root, key), size - 1);
  }

  private static <V> Node<V> put(@Nullable Node<V> node, String key, V value) {
    if (node == null) {
      return Node.of(key, value, null, null);
    }
    int order = key.compareTo(node.key);
    if (order == 0) {
      return Node.of(key, value, node.left, node.right);
    }
    return order < 0
        ? balanced(node.key, node.value, put(node.left, key, value), node.right)
        : balanced(node.key, node.value, node.left, put(node.right, key, value));
  }

  private static <V> @Nullable Node<V> remove(@Nullable Node<V> node, String key) {
    if (node == null) {
      return null;
    }
    int order = key.compareTo(node.key);
    if (order < 0) {
      return balanced(node.key, node.value, remove(node.left, key), node.right);
    }
    if (order > 0) {
      return balanced(node.key, node.value, node.left, remove(node.right, key));
    }
    if (node.right == null) {
      return node.left;
    }
    Node<V> next = node.right;
    while (next.left != null) {
      next = next.left;
    }
    return balanced(next.key, next.value, node.left, remove(node.right, next.key));
  }

  private static <V> Node<V> balanced(
      String key, V value, @Nullable Node<V> left, @Nullable Node<V> right) {
    int lean = Node.depth(left) - Node.depth(right);
    if (lean > 1 && left != null) {
      Node<V> inner = left.right;
      return inner == null || Node.depth(left.left) >= inner.height
          ? Node.of(left.key, left.value, left.left, Node.of(key, value, inner, right))
          : Node.of(
              inner.key,
              inner.value,
              Node.of(left.key, left.value, left.left, inner.left),
              Node.of(key, value, inner.right, right));
    }
    if (lean < -1 && right != null) {
      Node<V> inner = right.left;
      return inner == null || Node.depth(right.right) >= inner.height
          ? Node.of(right.key, right.value, Node.of(key, value, left, inner), right.right)
          : Node.of(
              inner.key,
              inner.value,
              Node.of(key, value, left, inner.left),
              Node.of(right.key, right.value, inner.right, right.right));
    }
    return Node.of(key, value, left, right);
  }

  @Override
  public @Nullable V get(@Nullable Object key) {
    Node<V> node = key == null ? null : root;
    while (key != null && node != null) {
      int order = key.toString().compareTo(node.key);
      if (order == 0) {
        return node.value;
      }
      node = order < 0 ? node.left : node.right;
    }
    return null;
  }

  @Override
  public boolean containsKey(@Nullable Object key) {
    return get(key) != null;
  }

  @Override
  public int size() {
    return size;
  }

  /** How long the longest way to a name is. */
  int height() {
    return Node.depth(root);
  }

  @Override
  public Set<Map.Entry<String, V>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public Iterator<Map.Entry<String, V>> iterator() {
        return new InOrder<>(root);
      }

      @Override
      public int size() {
        return size;
      }
    };
  }

  private static final class InOrder<V> implements Iterator<Map.Entry<String, V>> {

    private final Deque<Node<V>> way = new ArrayDeque<>();

    InOrder(@Nullable Node<V> root) {
      descend(root);
    }

    private void descend(@Nullable Node<V> node) {
      for (Node<V> at = node; at != null; at = at.left) {
        way.push(at);
      }
    }

    @Override
    public boolean hasNext() {
      return !way.isEmpty();
    }

    @Override
    public Map.Entry<String, V> next() {
      if (way.isEmpty()) {
        throw new NoSuchElementException();
      }
      Node<V> node = way.pop();
      descend(node.right);
      return Map.entry(node.key, node.value);
    }
  }
}
