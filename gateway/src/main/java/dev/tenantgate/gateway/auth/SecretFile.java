package dev.tenantgate.gateway.auth;

import dev.tenantgate.config.SettingsError;
import dev.tenantgate.config.SettingsException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A text file of secrets that a setting names. Immutable.
 *
 * @param key of the setting
 * @param mostMegabytes a larger file is refused
 * @param secrets the plural of what is in it
 */
public record SecretFile(String key, Path path, int mostMegabytes, String secrets) {

  private static final Logger log = LoggerFactory.getLogger(SecretFile.class);

  /**
   * The text in it; the log has a warning where every user of the machine can read it.
   *
   * @throws SettingsException if there is no such file, or none that can be read as UTF-8
   */
  public String read() throws SettingsException {
    try {
      if (Files.size(path) > (long) mostMegabytes << 20) {
        throw failed("must be a file of at most %d MiB".formatted(mostMegabytes));
      }
      warnIfOthersCanRead();
      return Files.readString(path, StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      throw failed("must be a file that is there");
    } catch (CharacterCodingException e) {
      throw failed("must be a file of UTF-8 text");
    } catch (IOException e) {
      throw failed("must be a file that can be read");
    }
  }

  private void warnIfOthersCanRead() throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
    if (view == null) {
      return; // a file system without such permissions
    }
    Set<PosixFilePermission> permissions = view.readAttributes().permissions();
    if (permissions.contains(PosixFilePermission.OTHERS_READ)
        || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
      log.atWarn()
          .addKeyValue("file", path)
          .addKeyValue("permissions", PosixFilePermissions.toString(permissions))
          .log("{}: every user of this machine can read the {} in it; chmod 600", key, secrets);
    }
  }

  private SettingsException failed(String message) {
    return new SettingsException(List.of(new SettingsError(key, path.toString(), message)));
  }
}
