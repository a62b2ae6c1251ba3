package dev.tenantgate.gateway.admin;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * Holds JSON against the schemas of an OpenAPI document: the words of JSON Schema that the document
 * uses, and no other. Immutable.
 *
 * @param document where references lead to
 */
record JsonSchemaCheck(JsonNode document) {

  /** Each thing that is otherwise than the schema has it, with its place. */
  List<String> faults(JsonNode json, JsonNode schema) {
    List<String> faults = new ArrayList<>();
    check(json, schema, "$", faults);
    return faults;
  }

  private void check(JsonNode json, JsonNode schema, String place, List<String> faults) {
    if (schema.has("$ref")) {
      String pointer = schema.get("$ref").textValue().substring(1);
      check(json, document.at(pointer), place, faults);
      return;
    }
    if (schema.has("oneOf")) {
      for (JsonNode each : schema.get("oneOf")) {
        if (faults(json, each).isEmpty()) {
          return;
        }
      }
      faults.add(place + " is none of what it may be");
      return;
    }
    if (!isOfType(json, schema.path("type"))) {
      faults.add("%s is no %s: %s".formatted(place, schema.path("type"), json));
      return;
    }
    if (schema.has("enum") && !contains(schema.get("enum"), json)) {
      faults.add("%s is none of %s: %s".formatted(place, schema.get("enum"), json));
    }
    json.properties()
        .forEach(
            member -> {
              String name = place + "." + member.getKey();
              JsonNode known = schema.path("properties").path(member.getKey());
              JsonNode others = schema.path("additionalProperties");
              if (!known.isMissingNode()) {
                check(member.getValue(), known, name, faults);
              } else if (others.isObject()) {
                check(member.getValue(), others, name, faults);
              } else if (others.isBoolean() && !others.booleanValue()) {
                faults.add(name + " isn't described");
              }
            });
    for (JsonNode required : schema.path("required")) {
      if (json.isObject() && !json.has(required.textValue())) {
        faults.add(place + " lacks " + required.textValue());
      }
    }
    for (int i = 0; json.isArray() && i < json.size(); i++) {
      check(json.get(i), schema.path("items"), place + "[" + i + "]", faults);
    }
  }

  private static boolean contains(JsonNode values, JsonNode value) {
    for (JsonNode each : values) {
      if (each.equals(value)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOfType(JsonNode json, JsonNode type) {
    if (type.isArray()) {
      for (JsonNode each : type) {
        if (isOfType(json, each)) {
          return true;
        }
      }
      return false;
    }
    return switch (type.asText()) {
      case "object" -> json.isObject();
      case "array" -> json.isArray();
      case "string" -> json.isTextual();
      case "integer" -> json.isIntegralNumber();
      case "boolean" -> json.isBoolean();
      case "null" -> json.isNull();
      default -> throw new IllegalArgumentException("a type that isn't checked: " + type);
    };
  }
}
