package dev.tenantgate.gateway.cli;

import dev.tenantgate.config.SettingsException;
import dev.tenantgate.migrator.connection.SqlErrors;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.sql.SQLException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** Says why a command failed: one line per cause, a stack trace only on request. Stateless. */
final class ExecutionErrors implements IExecutionExceptionHandler {

  @Override
  public int handleExecutionException(
      Exception exception, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    if (exception instanceof SettingsException settings) {
      settings.errors().forEach(error -> err.println("tenantgate: " + error));
      err.flush();
      return ExitCode.USAGE;
    }
    err.println(
        "tenantgate: "
            + (exception instanceof SQLException sql && sql.getSQLState() != null
                ? SqlErrors.describe(sql)
                : reason(exception)));
    if (isVerbose(command.getCommandSpec())) {
      exception.printStackTrace(err);
    }
    err.flush();
    return ExitCode.FAILED;
  }

  private static String reason(Throwable exception) {
    String said = said(exception);
    Throwable cause = exception.getCause();
    String because = cause == null ? null : cause.getMessage();
    return because == null || said.contains(because) ? said : said + ": " + because;
  }

  private static String said(Throwable exception) {
    String message = exception.getMessage();
    if (message == null || message.isBlank()) {
      return exception.getClass().getSimpleName();
    }
    // The message of these two is nothing but the file's name.
    if (exception instanceof NoSuchFileException) {
      return "there is no file " + message;
    }
    return exception instanceof AccessDeniedException ? "no permission for " + message : message;
  }

  private static boolean isVerbose(CommandSpec spec) {
    return spec.mixins().values().stream()
        .map(CommandSpec::userObject)
        .anyMatch(options -> options instanceof CommonOptions common && common.verbose());
  }
}
