package dev.tenantgate.gateway.testing.wire;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** The pieces in which a peer's bytes arrive. */
enum Splitting {
  /** All that was sent is read at once. */
  WHOLE {
    @Override
    List<byte[]> read(byte[] waiting, Random random) {
      return List.of(waiting);
    }
  },
  /** Each byte comes alone. */
  BYTE_BY_BYTE {
    @Override
    List<byte[]> read(byte[] waiting, Random random) {
      return List.of(Arrays.copyOf(waiting, 1));
    }
  },
  /** Reads of any number of pieces of any length. */
  AT_RANDOM {
    @Override
    List<byte[]> read(byte[] waiting, Random random) {
      List<byte[]> pieces = new ArrayList<>();
      int at = 0;
      for (int left = 1 + random.nextInt(3); left > 0 && at < waiting.length; left--) {
        int end = at + 1 + random.nextInt(Math.min(24, waiting.length - at));
        pieces.add(Arrays.copyOfRange(waiting, at, end));
        at = end;
      }
      return pieces;
    }
  };

  /** The pieces of the next read, all of what waits or a part of it. */
  abstract List<byte[]> read(byte[] waiting, Random random);
}
