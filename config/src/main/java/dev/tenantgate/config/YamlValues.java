package dev.tenantgate.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * Reads the values of keys out of YAML's nodes, and names that have keys of their own. Confined to
 * one reading.
 *
 * @param layer takes the values, and what is wrong with them
 * @param folder what relative paths are relative to
 * @param at where a node stands
 */
record YamlValues(Layer layer, Path folder, Function<Node, Origin> at) {

  private static final int DEEPEST_NESTING = 16;
  private static final int MOST_ALIASES = 16;

  /** The tags that a plain word can have; binary and custom tags are no settings. */
  private static final Set<Tag> SCALARS =
      Set.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL, Tag.TIMESTAMP);

  /** Bounds for YAML: its length, nesting and aliases. */
  static LoaderOptions limits() {
    LoaderOptions limits = new LoaderOptions();
    limits.setCodePointLimit(YamlLayer.MOST_CHARACTERS);
    limits.setNestingDepthLimit(DEEPEST_NESTING);
    limits.setMaxAliasesForCollections(MOST_ALIASES);
    return limits;
  }

  static boolean isNull(Node node) {
    return node.getTag().equals(Tag.NULL);
  }

  /** Reads the value of a key. */
  void read(String name, Origin origin, Node value) {
    if (value instanceof SequenceNode sequence) {
      List<String> elements = new ArrayList<>();
      for (Node element : sequence.getValue()) {
        if (!(element instanceof ScalarNode scalar) || !SCALARS.contains(element.getTag())) {
          layer.reject(name, at.apply(element), "must be a list of plain values");
          return;
        }
        elements.add(scalar.getValue());
      }
      layer.put(name, new RawValue(elements, true, origin, folder));
    } else if (isNull(value)) {
      layer.reject(name, origin, "has no value; give it one, or take the key out");
    } else if (value instanceof ScalarNode scalar && SCALARS.contains(value.getTag())) {
      layer.put(name, RawValue.text(scalar.getValue(), origin, folder));
    } else if (value instanceof ScalarNode) {
      layer.reject(name, origin, "must be a plain value; a value that begins with ! needs quotes");
    } else {
      layer.reject(name, origin, "must be a plain value; a value that begins with { needs quotes");
    }
  }

  /** Reads names, each with keys of its own. */
  void readNames(String family, Origin origin, Node names) {
    if (names instanceof MappingNode mapping) {
      Map<String, Origin> seen = new HashMap<>();
      for (NodeTuple tuple : mapping.getValue()) {
        String name = word(family, tuple.getKeyNode(), seen);
        if (name != null) {
          readKeys(name, at.apply(tuple.getKeyNode()), tuple.getValueNode());
        }
      }
    } else if (!isNull(names)) {
      layer.reject(family, origin, "must be names, each with keys of its own (app: {size: 5})");
    }
  }

  private void readKeys(String name, Origin origin, Node keys) {
    if (!(keys instanceof MappingNode mapping)) {
      if (!isNull(keys)) {
        layer.reject(name, origin, "must be a section with keys of its own, was a value");
      }
      return;
    }
    Map<String, Origin> seen = new HashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      String key = word(name, tuple.getKeyNode(), seen);
      if (key == null) {
        continue;
      }
      Origin where = at.apply(tuple.getKeyNode());
      if (NamedKeys.find(key) == null) {
        layer.rejectUnknown(key, where, SettingKeys.nearest(key));
      } else {
        read(key, where, tuple.getValueNode());
      }
    }
  }

  /** The key in front of a colon, with those that it stands below; null if it is no word. */
  private @Nullable String word(String above, Node node, Map<String, Origin> seen) {
    if (!(node instanceof ScalarNode scalar) || scalar.getValue().isEmpty()) {
      layer.reject(above, at.apply(node), "a name must be a plain word");
      return null;
    }
    String whole = above + "." + scalar.getValue();
    Origin earlier = seen.putIfAbsent(whole, at.apply(node));
    if (earlier != null) {
      layer.reject(whole, at.apply(node), "is given twice, first at " + earlier);
      return null;
    }
    return whole;
  }
}
