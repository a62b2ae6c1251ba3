package dev.tenantgate.config;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;

/**
 * Reads the settings file. Only YAML's nodes are made, never objects, so that no tag can name a
 * type; values stay the texts they are ({@code 007} isn't octal), and every one keeps its line.
 */
final class YamlLayer {

  /** Characters of a settings file at most. */
  static final int MOST_CHARACTERS = 1 << 20;

  private final Path file;
  private final Layer layer;
  private final YamlValues values;
  private final Map<String, Integer> linesOfNames = new HashMap<>();

  private YamlLayer(Path file, Path folder, Layer layer) {
    this.file = file;
    this.layer = layer;
    this.values = new YamlValues(layer, folder, this::at);
  }

  /**
   * Reads a file; whatever is wrong with it stands in the layer.
   *
   * @param folder what relative paths in it are relative to
   */
  static Layer read(Path file, Path folder) {
    YamlLayer reader = new YamlLayer(file, folder, new Layer());
    reader.read();
    return reader.layer;
  }

  /**
   * Reads names, each with keys of its own, that a variable or an option has as one text.
   *
   * @param family the key that they stand below
   */
  static void readNames(Layer layer, String family, String text, Origin origin, Path folder) {
    try {
      Node names = new Yaml(YamlValues.limits()).compose(new StringReader(text));
      if (names != null) {
        new YamlValues(layer, folder, node -> origin).readNames(family, origin, names);
      }
    } catch (YAMLException e) {
      layer.reject(family, origin, "isn't YAML: " + firstLine(e));
    }
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
    try {
      Node root = new Yaml(YamlValues.limits()).compose(new StringReader(text));
      if (root instanceof MappingNode mapping) {
        readMapping("", mapping);
      } else if (root != null && !YamlValues.isNull(root)) {
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
      } else if (NamedKeys.areBelow(name)) {
        values.readNames(name, origin, tuple.getValueNode());
      } else if (SettingKeys.BY_NAME.containsKey(name)) {
        values.read(name, origin, tuple.getValueNode());
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
    } else if (!YamlValues.isNull(value)) {
      layer.reject(name, origin, "must be a section with keys of its own, was a value");
    }
  }

  private Origin.FileLine at(Node node) {
    return new Origin.FileLine(file, node.getStartMark().getLine() + 1);
  }
}
