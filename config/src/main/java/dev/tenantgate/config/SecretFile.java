package dev.tenantgate.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads the file that a {@code …-file} key names, such as a mounted secret. */
final class SecretFile {

  private static final int MOST_BYTES = 64 << 10;

  private SecretFile() {}

  /** The file's content, without the line end it ends with. */
  static RawValue read(RawValue name) throws InvalidValueException {
    Path path;
    try {
      path = name.folder().resolve(name.text().strip()).normalize();
    } catch (InvalidPathException e) {
      throw new InvalidValueException("must be the path of a file");
    }
    try {
      if (Files.isDirectory(path)) {
        throw new InvalidValueException("must be the path of a file", path + ", a folder");
      }
      if (Files.size(path) > MOST_BYTES) {
        throw new InvalidValueException("must be a file of at most 64 KiB", path.toString());
      }
      String content =
          Files.readString(path, StandardCharsets.UTF_8).replaceFirst("\\r?\\n\\z", "");
      if (content.isBlank()) {
        throw new InvalidValueException("must be a file that holds the value", path + ", empty");
      }
      return RawValue.text(content, new Origin.FileContent(path, name.origin()), name.folder());
    } catch (NoSuchFileException e) {
      throw new InvalidValueException("must be a file that is there", path.toString());
    } catch (CharacterCodingException e) {
      throw new InvalidValueException("must be a file of UTF-8 text", path.toString());
    } catch (IOException e) {
      throw new InvalidValueException("must be a file that can be read", path.toString());
    }
  }
}
