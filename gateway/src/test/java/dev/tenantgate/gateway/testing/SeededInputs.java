package dev.tenantgate.gateway.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Inputs for a fuzz test that are the same at each run: the ones that are kept for it as they are,
 * and changed at random from a fixed seed. For every build; Jazzer looks for more, and instruments
 * all classes for that.
 */
public final class SeededInputs {

  private static final int RUNS = 3_000;
  private static final int LONGEST = 1024;

  private final List<byte[]> kept;
  private final List<byte[]> words;
  private final Random random = new Random(20_240_617);

  private SeededInputs(List<byte[]> kept, List<byte[]> words) {
    this.kept = kept;
    this.words = words;
  }

  /**
   * The inputs kept for a fuzz test.
   *
   * @param words what is put into them now and then
   */
  public static SeededInputs of(Class<?> test, String method, String... words) {
    String folder = test.getSimpleName() + "Inputs/" + method;
    URL found = Objects.requireNonNull(test.getResource(folder), folder);
    try (Stream<Path> files = Files.list(Path.of(found.toURI()))) {
      List<byte[]> kept = new ArrayList<>();
      for (Path file : files.sorted().toList()) {
        kept.add(Files.readAllBytes(file));
      }
      return new SeededInputs(
          kept, Stream.of(words).map(word -> word.getBytes(StandardCharsets.UTF_8)).toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Runs the fuzz test on each; a failure names its input. */
  public void each(Consumer<byte[]> fuzzTest) {
    run(fuzzTest, new byte[0], "no byte");
    kept.forEach(input -> run(fuzzTest, input, "a kept input"));
    for (int run = 0; run < RUNS; run++) {
      run(fuzzTest, next(), "input %d of the seed".formatted(run));
    }
  }

  private static void run(Consumer<byte[]> fuzzTest, byte[] input, String what) {
    try {
      fuzzTest.accept(input.clone());
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError("%s: %s".formatted(what, HexFormat.of().formatHex(input)), e);
    }
  }

  private byte[] next() {
    byte[] input = one().clone();
    for (int changes = 1 + random.nextInt(8); changes > 0; changes--) {
      input = changed(input);
    }
    return input.length > LONGEST ? Arrays.copyOf(input, LONGEST) : input;
  }

  private byte[] one() {
    return kept.get(random.nextInt(kept.size()));
  }

  private byte[] changed(byte[] input) {
    int at = random.nextInt(input.length + 1);
    int to = at + random.nextInt(Math.min(16, input.length - at) + 1);
    return switch (random.nextInt(6)) {
      case 0 -> flipped(input);
      case 1 -> spliced(input, at, new byte[] {(byte) random.nextInt()}, at);
      case 2 -> spliced(input, at, new byte[0], to);
      case 3 -> spliced(input, at, Arrays.copyOfRange(input, at, to), at);
      case 4 -> {
        byte[] other = one();
        int from = random.nextInt(other.length + 1);
        yield spliced(input, at, Arrays.copyOfRange(other, from, other.length), to);
      }
      default ->
          words.isEmpty()
              ? flipped(input)
              : spliced(input, at, words.get(random.nextInt(words.size())), at);
    };
  }

  private byte[] flipped(byte[] input) {
    byte[] changed = input.clone();
    if (changed.length > 0) {
      changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return changed;
  }

  /** With something in the place of what stands between two indexes. */
  private static byte[] spliced(byte[] input, int from, byte[] middle, int to) {
    byte[] changed = new byte[input.length - (to - from) + middle.length];
    System.arraycopy(input, 0, changed, 0, from);
    System.arraycopy(middle, 0, changed, from, middle.length);
    System.arraycopy(input, to, changed, from + middle.length, input.length - to);
    return changed;
  }
}
