package dev.tenantgate.gateway.scan;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

/** A long text is looked at elsewhere, a few at a time; its session's message waits. */
class LongScanTest {

  private final Deque<Runnable> besides = new ArrayDeque<>();
  private final Deque<Runnable> loop = new ArrayDeque<>();
  private final LongScans scans = new LongScans(besides::add);
  private final List<Throwable> broken = new ArrayList<>();
  private int wentOn;

  private LongScan<String> session() {
    return new LongScan<>(scans, loop::add, () -> wentOn++, broken::add);
  }

  private static String find(LongScan<String> scan, String text) {
    ByteBuf in = Unpooled.copiedBuffer("--" + text, StandardCharsets.UTF_8);
    String found =
        scan.find(in, 2, text.length(), copy -> "found " + copy.toString(StandardCharsets.UTF_8));
    in.setZero(0, in.capacity()); // it isn't needed any more
    return found == null ? "" : found;
  }

  private static void runAll(Deque<Runnable> tasks) {
    while (!tasks.isEmpty()) {
      tasks.remove().run();
    }
  }

  @Test
  void theMessageWaitsUntilItsTextWasLookedAt() {
    LongScan<String> scan = session();
    assertThat(find(scan, "one")).isEmpty();
    assertThat(find(scan, "one")).as("asked again meanwhile").isEmpty();
    runAll(besides);
    assertThat(wentOn).isZero();
    runAll(loop);
    assertThat(wentOn).isOne();
    assertThat(find(scan, "one")).isEqualTo("found one");
    assertThat(find(scan, "one")).as("it had to wait for something else").isEqualTo("found one");
    scan.used();
    assertThat(find(scan, "two")).isEmpty();
    runAll(besides);
    runAll(loop);
    assertThat(find(scan, "two")).isEqualTo("found two");
  }

  @Test
  void fewAreCopiedAtATimeAndAllGetTheirTurn() {
    List<LongScan<String>> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      LongScan<String> scan = session();
      all.add(scan);
      assertThat(find(scan, "text " + i)).isEmpty();
    }
    assertThat(besides).hasSize(4);
    for (int turn = 0; turn < 20; turn++) {
      besides.remove().run();
      runAll(loop);
      for (int i = 0; i < 20; i++) {
        find(all.get(i), "text " + i);
      }
      assertThat(besides).hasSizeLessThanOrEqualTo(4);
    }
    for (int i = 0; i < 20; i++) {
      assertThat(find(all.get(i), "")).isEqualTo("found text " + i);
    }
  }

  @Test
  void sessionsThatEndGiveTheirTurnBack() {
    List<LongScan<String>> all = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      all.add(session());
      find(all.get(i), "text");
    }
    all.forEach(LongScan::end);
    runAll(besides);
    runAll(loop);
    runAll(besides);
    runAll(loop);
    List<LongScan<String>> next = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      next.add(session());
      find(next.get(i), "text");
    }
    assertThat(besides).hasSize(4);
  }

  @Test
  void aFaultIsTheSessions() {
    LongScan<String> scan = session();
    ByteBuf in = Unpooled.copiedBuffer("text", StandardCharsets.UTF_8);
    assertThat(
            scan.find(
                in,
                0,
                4,
                text -> {
                  throw new StackOverflowError();
                }))
        .isNull();
    runAll(besides);
    runAll(loop);
    assertThat(broken).singleElement().isInstanceOf(StackOverflowError.class);
  }

  @Test
  void whereNobodyLooksAnyMoreItIsDoneHere() {
    Executor closed =
        task -> {
          throw new java.util.concurrent.RejectedExecutionException();
        };
    LongScan<String> scan =
        new LongScan<>(new LongScans(closed), loop::add, () -> wentOn++, broken::add);
    assertThat(find(scan, "one")).isEmpty();
    runAll(loop);
    assertThat(find(scan, "one")).isEqualTo("found one");
  }
}
