package dev.tenantgate.gateway.scan;

import io.netty.buffer.ByteBuf;

/**
 * Finds out what a query's text does to its session. Nearly every text is ruled out by a look at
 * its bytes ({@link QuickLook}), which allocates nothing; what is left is read token by token
 * ({@link EffectReader}), in time linear to its length. Nothing is parsed that does nothing, and
 * what makes no sense has no effects: the server refuses it as a whole.
 *
 * <p>Stateless.
 */
public final class SqlScan {

  private SqlScan() {}

  /**
   * Scans a text.
   *
   * @param text not changed, its indexes neither
   * @param from index of the first byte
   * @param bytes length, without the NUL that ends it
   */
  public static ScannedQuery scan(ByteBuf text, int from, int bytes, LexicalRules rules) {
    if (rules.encoding().asciiSafe()) {
      ScannedQuery known = PlainCommand.find(text, from, bytes);
      if (known != null) {
        return known;
      }
      if (!QuickLook.mayMatter(text, from, from + bytes)) {
        return ScannedQuery.NOTHING;
      }
    }
    return EffectReader.read(
        text.toString(from, bytes, rules.encoding().charset()), rules.standardConformingStrings());
  }
}
