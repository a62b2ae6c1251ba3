package dev.tenantgate.config;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** The certificate authority of the server: PEM text, or the path of a file that has it. */
final class CertificateAuthority {

  private static final String PEM_HEADER = "-----BEGIN ";

  /** How settings have it; a path is made absolute and has to be there. */
  static final ValueType<String> TYPE =
      ValueTypes.parsed("PEM text, or the path of a PEM file", CertificateAuthority::parse);

  private CertificateAuthority() {}

  private static String parse(String text, Path folder) throws InvalidValueException {
    if (text.contains(PEM_HEADER)) {
      // Where an environment can't hold line ends, people write them as \n.
      return text.replace("\\n", "\n").strip() + "\n";
    }
    Path file;
    try {
      file = folder.resolve(text.strip()).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw new InvalidValueException("must be PEM text or the path of a PEM file");
    }
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new InvalidValueException(
          "must be PEM text or the path of a PEM file that can be read", file.toString());
    }
    return file.toString();
  }

  /** As it may be shown: PEM text by its first line. */
  static String shown(String ca) {
    return ca.startsWith(PEM_HEADER) ? "(PEM text)" : ca;
  }
}
