package dev.tenantgate.config;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * Reads the settings file. Only YAML's nodes are made, never objects, so that no tag can name a
 * type; values stay the texts they are ({@code 007} isn't octal), and every one keeps its line.
 */
final class YamlLayer {

  /** Characters of a settings file at most. */
  static final int MOST_CHARACTERS = 1 << 20;

  private static final int DEEPEST_NESTING = 16;
  private static final int MOST_ALIASES = 16;

  /** The tags that a plain word can have; binary and custom tags are no settings. */
  private static final Set<Tag> SCALARS =
      Set.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL, Tag.TIMESTAMP);

  private final Path file;
  private final Path folder;
  private final Layer layer = new Layer();
  private final Map<String, Integer> linesOfNames = new HashMap<>();

  private YamlLayer(Path file, Path folder) {
    this.file = file;
    this.folder = folder;
  }

  /**
   * Reads a file; whatever is wrong with it stands in the layer.
   *
   * @param folder what relative paths in it are relative to
   */
  static Layer read(Path file, Path folder) {
    YamlLayer reader = new YamlLayer(file, folder);
    reader.read();
    return reader.layer;
  }

  private void read() {
    try {
      if (Files.isDirectory(file)) {
        layer.fail(file.toString(), "must be a settings file, is a folder");
        return;
      }
      if (Files.isRegularFile(file) && Files.size(file) > 4L * MOST_CHARACTERS) {
        layer.fail(file.toString(), "is too large for a settings file");
        return;
      }
      compose(Files.readString(file, StandardCharsets.UTF_8));
    } catch (NoSuchFileException e) {
      layer.fail(file.toString(), "no such file");
    } catch (CharacterCodingException e) {
      layer.fail(file.toString(), "must be UTF-8 text");
    } catch (IOException e) {
      layer.fail(file.toString(), "can't be read: " + e.getMessage());
    }
  }

  private void compose(String text) {
    LoaderOptions limits = new LoaderOptions();
    limits.setCodePointLimit(MOST_CHARACTERS);
    limits.setNestingDepthLimit(DEEPEST_NESTING);
    limits.setMaxAliasesForCollections(MOST_ALIASES);
    try {
      Node root = new Yaml(limits).compose(new StringReader(text));
      if (root instanceof MappingNode mapping) {
        readMapping("", mapping);
      } else if (root != null && !isNull(root)) {
        layer.fail(at(root).toString(), "must be sections with keys, such as \"gate:\"");
      }
    } catch (MarkedYAMLException e) {
      String where =
          e.getProblemMark() == null
              ? file.toString()
              : file + ":" + (e.getProblemMark().getLine() + 1);
      layer.fail(where, "isn't YAML: " + problem(e));
    } catch (YAMLException e) {
      layer.fail(file.toString(), "isn't YAML that is accepted: " + firstLine(e));
    }
  }

  /** The parser's error; an alias's name may be the beginning of an unquoted secret. */
  private static String problem(MarkedYAMLException e) {
    String problem = String.valueOf(e.getProblem());
    return problem.contains("alias")
        ? "there is no anchor of that name; a value that begins with * needs quotes"
        : problem.replaceAll("\\s+", " ");
  }

  private static String firstLine(YAMLException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  private void readMapping(String prefix, MappingNode mapping) {
    for (NodeTuple tuple : mapping.getValue()) {
      Node keyNode = tuple.getKeyNode();
      if (!(keyNode instanceof ScalarNode scalar)) {
        layer.reject(at(keyNode).toString(), "a key must be a plain word");
        continue;
      }
      String name = prefix + scalar.getValue();
      Origin.FileLine origin = at(keyNode);
      Integer earlier = linesOfNames.putIfAbsent(name, origin.line());
      if (earlier != null) {
        layer.reject(name, origin, "is given twice, first on line " + earlier);
      } else if (SettingKeys.BY_NAME.containsKey(name)) {
        readValue(name, origin, tuple.getValueNode());
      } else if (SettingKeys.isSection(name)) {
        readSection(name, origin, tuple.getValueNode());
      } else {
        layer.rejectUnknown(name, origin, nearest(name, prefix, tuple.getValueNode()));
      }
    }
  }

  private static String nearest(String name, String prefix, Node value) {
    boolean section = prefix.isEmpty() && value instanceof MappingNode;
    return NearestName.of(name, section ? SettingKeys.sections() : SettingKeys.BY_NAME.keySet());
  }

  private void readSection(String name, Origin.FileLine origin, Node value) {
    if (value instanceof MappingNode mapping) {
      readMapping(name + ".", mapping);
    } else if (!isNull(value)) {
      layer.reject(name, origin, "must be a section with keys of its own, was a value");
    }
  }

  private void readValue(String name, Origin.FileLine origin, Node value) {
    if (value instanceof SequenceNode sequence) {
      List<String> elements = new ArrayList<>();
      for (Node element : sequence.getValue()) {
        if (!(element instanceof ScalarNode scalar) || !SCALARS.contains(element.getTag())) {
          layer.reject(name, at(element), "must be a list of plain values");
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

  private static boolean isNull(Node node) {
    return node.getTag().equals(Tag.NULL);
  }

  private Origin.FileLine at(Node node) {
    return new Origin.FileLine(file, node.getStartMark().getLine() + 1);
  }
}
