package dev.tenantgate.gateway.cli.migrate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tenantgate.gateway.cli.Tenantgate;
import dev.tenantgate.migrator.testing.TestDatabase;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A command that has ended, called as a script calls it. Immutable.
 *
 * @param exit its exit code
 * @param out what it printed
 * @param err what it said of errors
 */
record Ran(int exit, String out, String err) {

  /** Runs a command on a database and a folder of migrations. */
  static Ran on(TestDatabase database, Path migrations, String... arguments) {
    List<String> all = new ArrayList<>(Arrays.asList(arguments));
    all.addAll(List.of("--database-url", url(database), "--migrations", migrations.toString()));
    return command(all.toArray(new String[0]));
  }

  /** Runs a command that is told nothing else. */
  static Ran command(String... arguments) {
    return in(System.getenv(), arguments);
  }

  /** Runs a command that finds these variables. */
  static Ran in(Map<String, String> environment, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit =
        Tenantgate.run(
            environment, new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    return new Ran(exit, out.toString(), err.toString());
  }

  /** The setting database.url of a database's owner. */
  static String url(TestDatabase database) {
    return "postgresql://postgres@127.0.0.1:%d/%s"
        .formatted(database.server().port(), database.name());
  }

  /** Its output as JSON. */
  JsonNode json() throws IOException {
    return new ObjectMapper().readTree(out);
  }
}
