package dev.tenantgate.gateway.cli.migrate;

import dev.tenantgate.config.SettingsException;
import dev.tenantgate.gateway.cli.CommonOptions;
import dev.tenantgate.gateway.cli.ExitCode;
import dev.tenantgate.gateway.cli.JsonText;
import dev.tenantgate.gateway.cli.OutputFormat;
import dev.tenantgate.migrator.changelog.MigrationScope;
import dev.tenantgate.migrator.changelog.MigrationStyle;
import dev.tenantgate.migrator.changelog.NewMigration;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code tenantgate migrate create}: the files of a new migration. Needs no database. */
@Command(
    name = "create",
    footerHeading = "%nExample:%n",
    footer = "  tenantgate migrate create add_user_avatar --scope tenant",
    description = {
      "Writes a new migration with the next number, in the first of the locations.",
      "Nothing is written over. Needs no database."
    },
    mixinStandardHelpOptions = true)
final class CreateCommand implements Callable<Integer> {

  @Mixin private CommonOptions options = new CommonOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "NAME", description = "A name for it, such as add_user_avatar.")
  private String name = "";

  @Option(
      names = "--scope",
      paramLabel = "public|tenant|both",
      description = "Which schemas it is for. Default: the setting migrations.default-scope.")
  private @Nullable MigrationScope scope;

  @Option(
      names = "--format",
      paramLabel = "markers|rollback-file|rollbacks-folder|python",
      converter = StyleConverter.class,
      description = "How it is written. Default: as the newest one is.")
  private @Nullable MigrationStyle style;

  /** Reads styles as they are printed. */
  static final class StyleConverter implements ITypeConverter<MigrationStyle> {
    @Override
    public MigrationStyle convert(String text) {
      for (MigrationStyle style : MigrationStyle.values()) {
        if (style.toString().equals(text)) {
          return style;
        }
      }
      throw new TypeConversionException(
          "expected one of %s, was \"%s\"".formatted(List.of(MigrationStyle.values()), text));
    }
  }

  /** The JSON of a new migration. */
  record Document(List<String> created) {}

  @Override
  public Integer call() throws SettingsException, IOException {
    List<Path> files;
    try {
      files = NewMigration.create(options.loadMigrations(), name, scope, style);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (options.output() == OutputFormat.JSON) {
      out.println(JsonText.of(new Document(files.stream().map(Path::toString).toList())));
    } else {
      files.forEach(file -> out.println("created " + file));
    }
    out.flush();
    return ExitCode.DONE;
  }
}
