package dev.tenantgate.gateway.cli.migrate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The wrappers in {@code deploy/examples}, called as documents spell it: {@code
 * ./start-migration.sh up -version 5}, {@code make migrate-tenant TENANT=acme}, {@code DB_HOST=db
 * npm run migrate:dev}, {@code python -m app.cli.migrate status}. The shell runs them, with a
 * command on its path that notes how tenantgate was called.
 */
final class DeployExamples {

  private static final Path FOLDER = Path.of("..", "deploy", "examples").toAbsolutePath();

  private static final Pattern ASSIGNMENT = Pattern.compile("([A-Z_]+)=(\\S*) (.*)");

  private static final Pattern MAKE = Pattern.compile("make (\\S+)(?: ([A-Z]+)=(\\S+))?");

  private static final Pattern PYTHON =
      Pattern.compile("(?:docker compose exec (?:-T )?backend )?python -m app\\.cli\\.migrate(.*)");

  private final Path bin;

  /**
   * Prepares the calls.
   *
   * @param bin an empty folder for the commands on the path
   */
  DeployExamples(Path bin) {
    this.bin = bin;
    command(
        "tenantgate", "printf 'DSN=%s\\nCA=%s\\n' \"${DSN:-}\" \"${CA:-}\"\nprintf '%s\\n' \"$@\"");
    // Takes the place of one that is installed: no test asks anybody for secrets.
    command("gcloud", "echo 'gcloud was called' >&2; exit 1");
  }

  /**
   * How tenantgate is called in the end.
   *
   * @param environment what the document sets for it
   */
  record Call(List<String> arguments, Map<String, String> environment) {}

  /** Puts a command on the path. */
  void command(String name, String script) {
    try {
      Path file = Files.writeString(bin.resolve(name), "#!/bin/sh\n" + script + "\n");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Calls what a document spells. */
  Call call(String spelled) throws IOException, InterruptedException {
    Map<String, String> set = new LinkedHashMap<>();
    String command = spelled;
    for (Matcher m = ASSIGNMENT.matcher(command); m.matches(); m = ASSIGNMENT.matcher(command)) {
      set.put(m.group(1), m.group(2));
      command = m.group(3);
    }
    List<String> said = shell(shellCommand(command), set);
    List<String> arguments = new ArrayList<>(said.subList(2, said.size()));
    for (String line : said.subList(0, 2)) {
      int sign = line.indexOf('=');
      if (sign + 1 < line.length()) {
        set.put(line.substring(0, sign), line.substring(sign + 1));
      }
    }
    return new Call(arguments, set);
  }

  private static String shellCommand(String command) throws IOException {
    Matcher make = MAKE.matcher(command);
    if (make.matches()) {
      return recipe(make.group(1)).replace("$(" + make.group(2) + ")", "" + make.group(3));
    }
    if (command.startsWith("npm run ")) {
      JsonNode scripts =
          new ObjectMapper().readTree(FOLDER.resolve("package.json").toFile()).get("scripts");
      return scripts.get(command.substring("npm run ".length())).asText();
    }
    Matcher python = PYTHON.matcher(command);
    if (python.matches()) {
      // The module hands its arguments on, which a test of its own proves where there is a Python.
      return "tenantgate migrate" + python.group(1);
    }
    return command;
  }

  private static String recipe(String target) throws IOException {
    List<String> lines = Files.readAllLines(FOLDER.resolve("Makefile"));
    return lines.get(lines.indexOf(target + ":") + 1).strip();
  }

  /** Runs a line of shell in the folder; what it printed, line by line. */
  List<String> shell(String line, Map<String, String> environment)
      throws IOException, InterruptedException {
    ProcessBuilder shell = new ProcessBuilder("sh", "-c", line).directory(FOLDER.toFile());
    shell.environment().keySet().removeAll(List.of("DSN", "CA", "DSN_SECRET", "CA_SECRET"));
    shell.environment().putAll(environment);
    shell.environment().merge("PATH", bin.toString(), (path, first) -> first + ":" + path);
    Process process = shell.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(line + ": " + output);
    }
    return output.lines().toList();
  }
}
