package dev.tenantgate.migrator.changelog;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PsqlTextTest {

  @Test
  void dataBehindCopyBecomesAnInsertLineByLine() {
    String text =
        """
        \\restrict abc
        COPY public.t (id, "the text") FROM stdin;
        1\tit's
        2\t\\N
        3\ta\\tb\\\\c\\v;$$
        \\.

        COPY public.empty (id) FROM stdin;
        \\.
        SELECT 1;
        \\unrestrict abc
        """;
    String prepared = PsqlText.prepared(text);

    assertThat(prepared)
        .isEqualTo(
            """

            INSERT INTO public.t (id, "the text") OVERRIDING SYSTEM VALUE VALUES
            ('1','it''s')
            ,('2',NULL)
            ,('3',E'a\\tb\\\\c\\x0B;$$')
            ;



            SELECT 1;

            """);
    assertThat(prepared.lines().count()).isEqualTo(text.lines().count());
  }

  @Test
  void textWithoutDataOfPsqlStaysAsItIs() {
    for (String text :
        new String[] {
          "COPY t FROM stdin;\n1\n",
          "SELECT '\\restrict x';",
          "SELECT 'COPY t FROM stdin;\n1\n\\.\n';",
          "COPY t FROM stdin WITH (FORMAT csv);\n1\n\\.\n",
          "\\connect x\nSELECT 1; -- \\restrict"
        }) {
      assertThat(PsqlText.prepared(text)).isEqualTo(text);
    }
  }

  @Test
  void manyRowsAreSeveralInserts() {
    StringBuilder text = new StringBuilder("COPY t (id) FROM stdin;\r\n");
    for (int i = 0; i < 1_001; i++) {
      text.append(i).append("\r\n");
    }
    String prepared = PsqlText.prepared(text + "\\.\r\n");
    assertThat(prepared.split("INSERT INTO t", -1)).hasSize(4);
    assertThat(prepared)
        .contains("('499')\n; INSERT INTO t (id) OVERRIDING SYSTEM VALUE VALUES ('500')");
  }
}
